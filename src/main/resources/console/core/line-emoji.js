import { lang, t } from './words.js';

/**
 * LINE's own emojis. In a draft of this tab each is one character of a private plane of Unicode, which tells what it is:
 * typing, undo, deletion, copies and an IME move it as they move any character, and a $ is a $. The API has LINE's form: a $
 * in the text, and beside it what stands there and where. The field shows every one as the sign that line-emoji.ttf draws.
 */

/** Sets that accounts may send, and how many each has. Places are part of drafts kept in tabs: new sets go to the end. */
export const SETS = [
  ['5ac1bfd5040ab15980c9b435', 250], ['5ac1de17040ab15980c9b438', 194], ['5ac21184040ab15980c9b43a', 234], ['5ac21542031a6752fb806d55', 248],
  ['5ac2173d031a6752fb806d56', 240], ['5ac21869040ab15980c9b43b', 199], ['5ac218e3040ab15980c9b43c', 221], ['5ac2197b040ab15980c9b43d', 201],
  ['5ac21a13031a6752fb806d57', 149], ['5ac21a18040ab15980c9b43e', 239], ['5ac21a8c040ab15980c9b43f', 149], ['5ac21ae3040ab15980c9b440', 149],
  ['5ac21b4f031a6752fb806d59', 149], ['5ac21ba5040ab15980c9b441', 161], ['5ac21bf9031a6752fb806d5a', 161], ['5ac21c46040ab15980c9b442', 221],
  ['5ac21c4e031a6752fb806d5b', 161], ['5ac21cc5031a6752fb806d5c', 170], ['5ac21cce040ab15980c9b443', 161], ['5ac21d59031a6752fb806d5d', 212],
  ['5ac21e6c040ab15980c9b444', 222], ['5ac21ef5031a6752fb806d5e', 150], ['5ac21f52040ab15980c9b445', 183], ['5ac21fda040ab15980c9b446', 140],
  ['5ac2206d031a6752fb806d5f', 252], ['5ac220c2031a6752fb806d60', 246], ['5ac2211e031a6752fb806d61', 250], ['5ac2213e040ab15980c9b447', 182],
  ['5ac2216f040ab15980c9b448', 188], ['5ac221ca040ab15980c9b449', 167], ['5ac22224031a6752fb806d62', 251], ['5ac22293031a6752fb806d63', 184],
  ['5ac222bf031a6752fb806d64', 250], ['5ac223c6040ab15980c9b44a', 157], ['5ac2264e040ab15980c9b44b', 252], ['5ac22775040ab15980c9b44c', 247],
  ['5ac2280f031a6752fb806d65', 250], ['5ac22a8c031a6752fb806d66', 210], ['5ac22b23040ab15980c9b44d', 247], ['5ac22bad031a6752fb806d67', 214],
  ['5ac22c9e031a6752fb806d68', 198], ['5ac22d62031a6752fb806d69', 196], ['5ac22def040ab15980c9b44e', 250], ['5ac22e85040ab15980c9b44f', 209],
  ['670e0cce840a8236ddd4ee4c', 211],
];
const FIRST = 0xf0000;
const ROOM = 256;
/** What is left of a character of that plane that is no emoji: the sign it is drawn as. The server would read it so, too. */
const FOREIGN = '\u{1f642}';

/** What pictures show that people have looked at, a sign of Unicode's that stands for it, and words to find it by. */
export const NAMED = Object.entries({
  '5ac21a18040ab15980c9b43e': [
    ['006', '✔️', 'チェック,済み,完了', 'check,done'], ['065', '✅', '丸にチェック,確認済み', 'circled check,confirmed'], ['068', '❌', 'ばつ,不可', 'cross,no'],
    ['019', '🆗', 'YES,はい', 'yes'], ['020', '🚫', 'NO,いいえ', 'no'], ['186', '🆗', 'OK,了解', 'ok'],
    ['048', '⚠️', '警告,注意', 'warning,caution'], ['074', '❗', 'びっくり,重要', 'important,exclamation'], ['025', '‼️', 'びっくり3つ,強調', 'exclamations,emphasis'],
    ['026', '❓', 'はてな,質問', 'question'], ['028', '✨', 'きらきら', 'sparkle'], ['029', '🔥', '火,炎', 'fire'],
    ['187', '🆕', 'NEW,新しい', 'new'], ['101', '🔜', 'SOON,まもなく', 'soon'], ['085', '➡️', '右矢印,次', 'arrow right,next'],
    ['083', '⬆️', '上矢印,上', 'arrow up,above'], ['124', '✉️', '封筒,手紙', 'envelope,letter'], ['108', '📧', 'メール', 'mail'],
    ['136', '📄', '書類,文書', 'document,paper'], ['151', '📋', 'クリップボード,手続き', 'clipboard,form'], ['149', '📁', 'フォルダ,資料', 'folder,file'],
    ['110', '🔍', '虫めがね,検索,調べる', 'magnifier,search'], ['125', '💬', '吹き出し,会話', 'speech bubble,chat'], ['190', '🕐', '時計,時間', 'clock,time'],
    ['042', '📞', '電話', 'telephone,call'], ['071', '❤️', 'ハート,心', 'heart,love'], ['040', '💌', 'ハートの手紙', 'love letter'],
    ['043', '☀️', '太陽,晴れ', 'sun,sunny'],
  ],
  '5ac21e6c040ab15980c9b444': [
    ['002', '👍', 'いいね,了解', 'thumbs up,good'], ['001', '👌', 'OKの手', 'ok hand'], ['005', '👋', '手を振る,さようなら', 'wave,hello,bye'],
    ['006', '✋', '挙手,手を上げる', 'raised hand'], ['037', '👏', '拍手', 'clap,applause'], ['039', '🙏', 'お願い,感謝,合掌', 'please,thanks'],
    ['041', '🤝', '握手', 'handshake'], ['021', '👉', '右を指す', 'point right'], ['022', '👈', '左を指す', 'point left'],
    ['019', '☝️', '上を指す', 'point up'], ['023', '✊', 'グー', 'fist,rock'], ['025', '✌️', 'チョキ,ピース', 'scissors,peace'],
    ['028', '🖐️', 'パー', 'open hand,paper'],
  ],
  '5ac21184040ab15980c9b43a': [
    ['225', '🌞', 'お日さま,晴れ', 'sunshine,sunny'], ['226', '☁️', 'くもり,雲', 'cloud,cloudy'], ['231', '☔', '雨', 'rain'],
    ['232', '⛄', '雪', 'snow'], ['192', '🌊', '海,波', 'sea,wave'], ['203', '🌕', '満月,月', 'full moon'],
  ],
  '5ac21a8c040ab15980c9b43f': [
    ['053', '1️⃣', '数字の1', 'figure 1'], ['054', '2️⃣', '数字の2', 'figure 2'], ['055', '3️⃣', '数字の3', 'figure 3'],
    ['056', '4️⃣', '数字の4', 'figure 4'], ['057', '5️⃣', '数字の5', 'figure 5'], ['058', '6️⃣', '数字の6', 'figure 6'],
    ['059', '7️⃣', '数字の7', 'figure 7'], ['060', '8️⃣', '数字の8', 'figure 8'], ['061', '9️⃣', '数字の9', 'figure 9'],
    ['062', '0️⃣', '数字の0', 'figure 0'],
  ],
}).flatMap(([productId, list]) => list.map(([emojiId, like, ja, en]) => ({ productId, emojiId, like, ja, en })));

const key = ({ productId, emojiId }) => `${productId}/${emojiId}`;
const named = new Map(NAMED.map((each) => [key(each), each]));
const places = new Map(SETS.map(([productId], at) => [productId, at]));

/** All emojis of a set. */
export const emojisOf = (productId) => Array.from({ length: SETS[places.get(productId)][1] }, (_, at) => ({ productId, emojiId: String(at + 1).padStart(3, '0') }));

/** The character that stands for an emoji in a draft; null for one of a set that is not known here. */
export function signOf({ productId, emojiId }) {
  const at = places.get(productId);
  return at === undefined ? null : String.fromCodePoint(FIRST + at * ROOM + Number(emojiId));
}

function emojiOf(sign) {
  const code = sign.codePointAt(0) - FIRST;
  const set = code < 0 ? undefined : SETS[Math.floor(code / ROOM)];
  const id = code % ROOM;
  return set && id >= 1 && id <= set[1] ? { productId: set[0], emojiId: String(id).padStart(3, '0') } : null;
}

/** A draft's words as the API has them: a $ at the place of each emoji. */
export function apart(words) {
  const emojis = [];
  let text = '';
  for (const sign of words) {
    const emoji = emojiOf(sign);
    if (emoji) emojis.push({ index: text.length, length: 1, ...emoji });
    text += emoji ? '$' : sign.codePointAt(0) >> 16 === FIRST >> 16 ? FOREIGN : sign;
  }
  return { text, emojis };
}

/** Words of the API's as a draft has them. */
export function together(text, emojis) {
  const signs = new Map((emojis ?? []).filter((each) => text.startsWith('$', each.index)).map((each) => [each.index, signOf(each)]));
  return signs.size ? text.split('').map((unit, at) => signs.get(at) ?? unit).join('') : text;
}

/** What is said, shown to who sees no picture, and copied: the picture's word, or its number. */
export const emojiWord = (emoji) => {
  const known = named.get(key(emoji));
  return known ? (lang() === 'ja' ? known.ja : known.en).split(',')[0] : t('emoji.number', { n: emoji.emojiId });
};

export const emojiLike = (emoji) => named.get(key(emoji))?.like ?? null;

/** Words with a word in brackets for each emoji. */
export const spoken = (words) => Array.from(words, (sign) => (emojiOf(sign) ? `(${emojiWord(emojiOf(sign))})` : sign)).join('');

/**
 * LINE counts a text in UTF-16 units and an emoji by its alternative text, which it does not tell: room for 20 is left, as
 * the server leaves it.
 */
export function lengthOf(words) {
  const { text, emojis } = apart(words);
  return text.length + emojis.length * 19;
}
