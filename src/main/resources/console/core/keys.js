import { state, changed, layer } from './state.js';
import { keysOn } from './settings.js';
import { go, inquiryPath } from './route.js';
import { places, mine } from './workspace.js';
import { folderOf, known, undoable } from './inquiries.js';
import { draftOf } from './drafts.js';
import { addNote, send, undo } from './sending.js';
import { askHelp, decide as decideAdvice, openAdvice } from './advice.js';
import { showFirst, waits } from './approvals.js';
import { askIdentity } from './identity.js';
import { accept, decline } from './offers.js';
import { editQuickReplies } from './quick.js';
import { now } from './time.js';

const mac = /Mac|iPhone|iPad/.test(navigator.platform);

/** How a key is written on this machine. */
export const keyName = (keys) => (mac ? keys.replace('Ctrl ', '⌘').replace('Alt ', '⌥').replace('Shift ', '⇧') : keys);

const REGIONS = ['.slots', '.waiting', '#log', '#desk', '#side-facts', '#side-knowledge', '.rail'];

export function focus(selector) {
  const found = document.querySelector(selector);
  found?.focus();
  return Boolean(found);
}

/** Shows a tab of the desk and puts the caret into it. */
export async function tab(name) {
  state.tab = name;
  changed('draft');
  await Promise.resolve();
  requestAnimationFrame(() => {
    focus(name === 'preview' ? '#tab-preview' : `#${name}-text`);
    const { caret } = draftOf(state.place.id);
    if (name === 'draft' && caret) document.getElementById('draft-text')?.setSelectionRange(...caret);
  });
}

/** How many keys and pointers were pressed so far. */
let presses = 0;
export const pressesSoFar = () => presses;

/** Puts the caret into the draft once an act came out well, unless the operator has gone on to something else by then. */
export function thenWrite(act) {
  const before = presses;
  return act.then((well) => well && before === presses && tab('draft'));
}

const openSlot = (slot) => slot && go(inquiryPath(slot.id));

function step(by) {
  const slots = places().filter(Boolean);
  if (!slots.length) return;
  const at = slots.findIndex((slot) => slot.id === state.place.id);
  openSlot(slots[at < 0 ? 0 : (at + by + slots.length) % slots.length]);
}

function longestWaiting() {
  const waiting = mine().filter((each) => each.waitingSince && each.state === 'ASSIGNED');
  openSlot(waiting.sort((a, b) => Date.parse(a.waitingSince) - Date.parse(b.waitingSince))[0]);
}

function undoNewest() {
  const here = state.place.id;
  const target = here && undoable(folderOf(here), now()).length ? here : known().find((folder) => undoable(folder, now()).length)?.id;
  if (!target) return;
  if (target !== here) go(inquiryPath(target));
  thenWrite(undo(target));
}

const owned = () => {
  const inquiry = state.place.id && folderOf(state.place.id).inquiry;
  return inquiry?.mine && !inquiry.offeredUntil && (inquiry.state === 'ASSIGNED' || inquiry.state === 'HELD') ? inquiry : null;
};

/** The inquiry whose draft can be written now. */
const writable = () => (owned()?.state === 'ASSIGNED' && !waits(owned()) ? owned() : null);

/** A supervisor passes on what anybody has, others only what is theirs. */
const passable = () => {
  const inquiry = state.place.id && folderOf(state.place.id).inquiry;
  return owned() ?? (inquiry && state.me.role === 'supervisor' && ['WAITING', 'ASSIGNED', 'HELD'].includes(inquiry.state) ? inquiry : null);
};

/** Does with the advice above the draft what the key says, when there is some. */
const answerAdvice = (outcome) => openAdvice(outcome === 'REFUSED' ? owned() : writable()).length && decideAdvice(state.place.id, outcome);

function side(selector) {
  state.drawer = true;
  changed('drawer');
  requestAnimationFrame(() => focus(selector));
}

function region(by) {
  const found = REGIONS.map((each) => document.querySelector(each)).filter((each) => each && each.offsetParent !== null);
  const at = found.findIndex((each) => each.contains(document.activeElement));
  const next = found[(at + by + found.length) % found.length];
  const into = next?.matches('[tabindex]') ? next : next?.querySelector('[tabindex="0"], textarea, input, a[href], button:not([disabled])');
  into?.focus();
}

const ALT = {
  ArrowUp: () => step(-1),
  ArrowDown: () => step(1),
  KeyJ: longestWaiting,
  KeyR: () => tab('draft'),
  KeyN: () => tab('note'),
  KeyP: () => tab('preview'),
  KeyZ: undoNewest,
  KeyS: () => writable() && layer('stickers'),
  KeyM: () => writable() && document.getElementById('pick-picture')?.click(),
  KeyQ: () => writable() && editQuickReplies(state.place.id),
  KeyK: () => side('#knowledge-search'),
  KeyY: () => side('#side-history a, #side-history button, #side-history'),
  KeyC: () => side('#side-facts'),
  KeyH: () => owned()?.state === 'ASSIGNED' && layer('hold'),
  KeyG: () => answerAdvice('TAKEN'),
  Backspace: () => answerAdvice('REFUSED'),
  KeyV: () => owned()?.state === 'ASSIGNED' && (owned().help ? askHelp(state.place.id, null) : layer('help')),
  KeyO: () => owned()?.state === 'ASSIGNED' && askIdentity(state.place.id),
  KeyL: () => owned()?.state === 'ASSIGNED' && (owned().call ? owned().call.state !== 'offered' && layer('call-end') : owned().callPossible && layer('call')),
  KeyT: () => passable() && layer('transfer'),
  KeyB: () => owned()?.state === 'ASSIGNED' && layer('hand-back'),
  KeyA: () => accept(),
  KeyX: () => decline(),
  KeyU: showFirst,
  KeyW: () => owned() && layer('close'),
};

/** Sends or does what the tab with the caret is for. */
export function commit(id) {
  if (state.tab === 'note') return addNote(id);
  return draftOf(id).empty ? undefined : send(id);
}

function pressed(event) {
  // While the IME composes, every key belongs to it.
  if (event.isComposing || event.keyCode === 229 || !state.me) return;
  const { code, altKey, ctrlKey, metaKey, shiftKey } = event;
  if (code === 'Escape') return escape(event);
  if ((ctrlKey || metaKey) && (code === 'Enter' || code === 'NumpadEnter')) return;
  if (!keysOn() || state.layer?.name === 'viewer') return;
  let act = null;
  if (altKey && !ctrlKey && !metaKey && !shiftKey) {
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(code);
    act = digit ? () => openSlot(places()[digit[1] - 1]) : ALT[code];
  } else if (altKey && shiftKey && !ctrlKey && !metaKey && code === 'KeyG') {
    act = () => answerAdvice('EDITED');
  } else if (code === 'F6' && !altKey && !ctrlKey && !metaKey) {
    act = () => region(shiftKey ? -1 : 1);
  } else if (event.key === '?' && !altKey && !ctrlKey && !metaKey && !event.target.closest?.('input, textarea, select')) {
    act = () => layer(state.layer?.name === 'keys' ? null : 'keys');
  }
  if (!act) return;
  event.preventDefault();
  if (state.place.page === 'admin' && code !== 'F6' && event.key !== '?') go('/');
  act();
}

/** Closes the top layer only. */
function escape(event) {
  if (state.layer) layer(null);
  else if (state.drawer) {
    state.drawer = false;
    changed('drawer');
  } else return;
  event.preventDefault();
}

export function listenForKeys() {
  for (const kind of ['keydown', 'pointerdown']) document.addEventListener(kind, () => presses++, true);
  document.addEventListener('keydown', pressed);
}
