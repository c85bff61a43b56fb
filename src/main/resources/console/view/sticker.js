import { html, nothing } from 'lit';
import { stickerOf } from '../core/stickers.js';
import { state } from '../core/state.js';
import { t, lang } from '../core/words.js';

// A drawing of our own shows the mood its keywords tell; LINE's own picture lies over it where the company wants that.
const MOODS = [
  ['s-bow', /お願い|ごめん|すみません|すまん|申し訳|困|sorry|please|apolog|bow|request/i],
  ['s-sad', /泣|悲|残念|涙|cry|sad|tear|disappoint|sob/i],
  ['s-love', /好き|ハート|愛|love|heart|kiss/i],
  ['s-cheer', /がんば|頑張|やった|おめでと|拍手|最高|応援|cheer|congrat|yay|hooray|clap|great|nice|fight/i],
  ['s-wait', /待|考え|うーん|眠|おやすみ|無言|wait|think|hmm|sleep|night|silent/i],
  ['s-thanks', /ありがと|感謝|嬉|うれし|笑|ok|了解|はい|こんにちは|おはよう|よろしく|thank|happy|smile|yes|hello|morning|agree|got it/i],
];

export function mood(words) {
  const all = words.filter(Boolean).join(' ');
  return MOODS.find(([, pattern]) => pattern.test(all))?.[0] ?? 's-thanks';
}

export const drawing = (name, size = 'stk') => html`<svg class=${size} aria-hidden="true"><use href="/console/icons.svg#${name}"></use></svg>`;

/** A sticker's picture: LINE's own where it is wanted and there is one, a drawing otherwise. */
export const stickerArt = (stickerId, words, size = 'stk') => {
  const drawn = drawing(mood(words), size);
  if (!state.me?.stickerPictures || !stickerId) return drawn;
  return html`<span class="art"><img class=${size} src=${`/api/stickers/${stickerId}/picture`} alt="" loading="lazy" decoding="async" draggable="false" @error=${({ target }) => target.classList.add('missing')}>${drawn}</span>`;
};

/** A received or sent sticker: picture, text if it has one, keywords. */
export function sticker(shown) {
  const { text, packageId, stickerId } = shown ?? {};
  const keywords = shown?.keywords?.length ? shown.keywords : stickerWords(stickerOf(shown));
  const said = [text && `「${text}」`, keywords.slice(0, 3).join(lang() === 'ja' ? '・' : ', ')].filter(Boolean).join(' ');
  return html`<figure class="sticker" title="${packageId}/${stickerId}">${stickerArt(stickerId, [text, ...keywords])}
    <figcaption class="kw">${said ? t('sticker.says', { words: said }) : t('sticker.number', { id: stickerId })}</figcaption></figure>`;
}

/** The words of a sticker from the list of those we may send. */
export const stickerWords = (known) => (known ? (lang() === 'ja' || !known.keywordsEn?.length ? known.keywords : known.keywordsEn) : []);

export const chosenSticker = (chosen, known) => (chosen ? sticker({ ...chosen, keywords: stickerWords(known) }) : nothing);
