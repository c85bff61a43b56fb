import { draftOf, noteInserted, write, writeNote } from './drafts.js';
import { tab } from './keys.js';
import { openPlace } from './canned.js';

/** Puts words into the draft at the caret, or over a part of it; gives where they begin. */
function place(id, text, over = null) {
  const draft = draftOf(id);
  const [from, to] = over ?? draft.caret ?? [draft.text.length, draft.text.length];
  const start = Math.min(from, draft.text.length);
  write(id, { text: draft.text.slice(0, start) + text + draft.text.slice(Math.min(to, draft.text.length)) });
  return start;
}

/**
 * Puts ready-made words into the draft, which are tinted until they are changed; the caret goes behind them, or onto the first
 * place to fill in; marked selects them.
 */
export function insertIntoDraft(id, text, over = null, marked = false) {
  const start = place(id, text, over);
  noteInserted(id, start, start + text.length);
  const open = openPlace(text);
  if (marked) select(id, [start, start + text.length]);
  else select(id, open ? [start + open.from, start + open.to] : [start + text.length, start + text.length]);
}

/** Types a few signs at the caret, as a hand would: undo takes them back like typed ones. */
export function typeIntoDraft(id, signs) {
  const draft = draftOf(id);
  const field = document.getElementById('draft-text');
  if (field?.value !== draft.text) {
    const end = place(id, signs) + signs.length;
    select(id, [end, end]);
    return;
  }
  field.focus();
  field.setSelectionRange(...(draft.caret ?? [draft.text.length, draft.text.length]));
  document.execCommand('insertText', false, signs);
}

/** Puts the caret onto the first place of the draft that was not filled in. */
export function showOpenPlace(id) {
  const place = openPlace(draftOf(id).text);
  if (place) select(id, [place.from, place.to]);
}

/** The caret moves at once: whoever types on without a pause goes on from it. */
function select(id, caret) {
  const draft = draftOf(id);
  draft.caret = caret;
  show('draft-text', draft.text, caret);
  tab('draft');
}

function show(field, words, caret) {
  const found = document.getElementById(field);
  if (!found) return;
  found.value = words;
  found.focus();
  found.setSelectionRange(...caret);
}

/** Puts words into the note over a part of it. */
export function insertIntoNote(id, text, [from, to]) {
  const { note } = draftOf(id);
  const words = note.slice(0, from) + text + note.slice(to);
  const at = from + text.length;
  show('note-text', words, [at, at]);
  writeNote(id, words);
}
