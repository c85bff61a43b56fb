/**
 * Drawn stickers: a round little fellow of our own, one face per sticker id. The platform's artwork is not ours to
 * show, so a sticker's meaning is what counts here.
 */
import { svg } from './draw.js';

const FACES = [
  { eyes: 'dots', mouth: 'smile', ja: 'こんにちは', en: 'Hello' },
  { eyes: 'arcs', mouth: 'grin', ja: 'うれしい', en: 'Happy' },
  { eyes: 'arcs', mouth: 'small', ja: 'ありがとう', en: 'Thanks' },
  { eyes: 'down', mouth: 'wave', ja: 'ごめんなさい', en: 'Sorry', drop: true },
  { eyes: 'flat', mouth: 'round', ja: '待ってます', en: 'Waiting' },
  { eyes: 'wide', mouth: 'round', ja: 'びっくり', en: 'Surprised' },
  { eyes: 'down', mouth: 'frown', ja: '困った', en: 'Troubled', drop: true },
  { eyes: 'angry', mouth: 'frown', ja: '怒ってます', en: 'Angry' },
  { eyes: 'wink', mouth: 'grin', ja: 'OK', en: 'OK' },
  { eyes: 'flat', mouth: 'small', ja: 'おやすみ', en: 'Good night' },
  { eyes: 'wide', mouth: 'grin', ja: 'やったー', en: 'Hooray' },
  { eyes: 'dots', mouth: 'wave', ja: 'うーん', en: 'Hmm' },
];
const EYES = {
  dots: ['M46 62h.1M74 62h.1', 7],
  wide: ['M46 62h.1M74 62h.1', 10],
  arcs: ['M41 64q5-7 10 0M69 64q5-7 10 0', 3],
  down: ['M41 60q5 6 10 0M69 60q5 6 10 0', 3],
  flat: ['M41 62h10M69 62h10', 3.5],
  angry: ['M41 57l9 5M79 57l-9 5', 3.5],
  wink: ['M46 62h.1M69 62h10', 6],
};
const MOUTHS = {
  smile: 'M51 73q9 9 18 0', grin: 'M49 71q11 17 22 0z', small: 'M55 75q5 4 10 0', frown: 'M53 79q7-8 14 0',
  wave: 'M52 76q4-4 8 0t8 0', round: 'M57 76a3 4 0 1 0 6 0a3 4 0 1 0-6 0',
};

/** The stickers a customer can send here; all belong to one package that accounts may send too. */
export const STICKERS = FACES.map((face, i) => ({ packageId: '446', stickerId: String(1988 + i), keywords: [face.ja, face.en] }));

export function stickerWord(stickerId, lang) {
  return face(stickerId)[lang];
}

function face(stickerId) {
  const number = Number.parseInt(stickerId, 10) || 0;
  return FACES[(((number - 1988) % FACES.length) + FACES.length) % FACES.length];
}

export function drawSticker(stickerId, label) {
  const one = face(stickerId);
  const cap = `cap-${(Number.parseInt(stickerId, 10) || 0) % 4}`;
  const [eyes, width] = EYES[one.eyes];
  const picture = svg('svg', { viewBox: '0 0 120 110', class: `drawn ${cap}`, role: 'img', 'aria-label': label },
    svg('ellipse', { class: 'shade', cx: 60, cy: 101, rx: 34, ry: 4 }),
    svg('path', { class: 'body', d: 'M60 14c26 0 40 20 40 46 0 24-16 38-40 38S20 84 20 60c0-26 14-46 40-46z' }),
    svg('path', { class: 'cap', d: 'M21 50c2-22 16-36 39-36s37 14 39 36q-10-8-19.500 0-10-8-19.500 0-10-8-19.500 0-10-8-19.500 0z' }),
    svg('path', { class: 'stem', d: 'M60 14q0-7 6-10' }),
    svg('ellipse', { class: 'cheek', cx: 37, cy: 72, rx: 5, ry: 3 }),
    svg('ellipse', { class: 'cheek', cx: 83, cy: 72, rx: 5, ry: 3 }),
    svg('path', { class: 'face', d: eyes, 'stroke-width': width }),
    svg('path', { class: one.mouth === 'grin' ? 'face mouth' : 'face', d: MOUTHS[one.mouth], 'stroke-width': 3 }));
  if (one.drop) picture.append(svg('path', { class: 'drop', d: 'M92 30c7 5 9 12 5 15-5-1-8-8-5-15z' }));
  return picture;
}
