import { changed, trouble } from './state.js';
import { get } from './http.js';
import { t } from './words.js';

let known = null;
let asking = null;

/** The cards the company has ready; fetched once. */
export function loadCards() {
  asking ??= get('/cards')
    .then((list) => {
      known = list;
      changed('draft');
    })
    .catch((error) => {
      asking = null;
      if (error.status !== 401) trouble(t('trouble.cards'), error.id);
    });
  return asking;
}

/** Those of the customer's language first; null before they are here. */
export const cardsFor = (language) => known && [...known].sort((a, b) => (b.language === language) - (a.language === language));

/** The known card that a draft names. */
export function cardOf(chosen) {
  if (!chosen) return null;
  if (!known) loadCards();
  return known?.find((each) => each.name === chosen.name && each.language === chosen.language) ?? null;
}

/** The first place of a draft's card that nobody filled in, or null. */
export const emptyPlace = (chosen) => cardOf(chosen)?.places.find((place) => !chosen.values?.[place]?.trim()) ?? null;
