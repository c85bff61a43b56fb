import { changed } from './state.js';

let words = new Map();
let language = 'ja';

/** Reads the words of a language; the screen redraws itself in it. */
export async function speak(wanted) {
  const answer = await fetch(`/console/messages_${wanted}.properties`, { cache: 'no-cache' });
  words = parse(await answer.text());
  language = wanted;
  document.documentElement.lang = wanted;
  changed('words');
}

export const lang = () => language;

/** The words of a key with {name} filled in; with n = 1, the key's ".one" form where there is one. */
export function t(key, values) {
  const found = (values?.n === 1 && words.get(`${key}.one`)) || words.get(key);
  if (found === undefined) return key;
  return values ? found.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all) : found;
}

/** Whether a key has words: codes come from the server and may be newer than this screen. */
export const has = (key) => words.has(key);

/** Java properties in UTF-8: key=value, # comments, no continuation lines. */
function parse(text) {
  const found = new Map();
  for (const line of text.split(/\r?\n/)) {
    const at = line.indexOf('=');
    if (line.startsWith('#') || at < 1) continue;
    found.set(line.slice(0, at).trim(), line.slice(at + 1).trim().replaceAll('\\n', '\n'));
  }
  return found;
}
