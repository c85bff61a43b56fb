import { changed, trouble } from './state.js';
import { get } from './http.js';
import { t } from './words.js';

let known = null;
let asking = null;

/** The stickers the account may send; fetched once. */
export function loadStickers() {
  asking ??= get('/stickers')
    .then((list) => {
      known = list;
      changed('draft', 'inquiry');
    })
    .catch((error) => {
      asking = null;
      if (error.status !== 401) trouble(t('trouble.stickers'), error.id);
    });
  return asking;
}

export const stickers = () => known;

/** The known sticker of a draft, for its words. */
export function stickerOf(chosen) {
  if (!chosen) return null;
  if (!known) loadStickers();
  return known?.find((each) => each.packageId === chosen.packageId && each.stickerId === chosen.stickerId) ?? null;
}
