import { state, changed, drawn, layer } from './state.js';
import { keysOn } from './settings.js';
import { go, inquiryPath } from './route.js';
import { places, mine } from './workspace.js';
import { folderOf, known, undoable } from './inquiries.js';
import { draftOf } from './drafts.js';
import { addNote, send, undo } from './sending.js';
import { askHelp, decide as decideAdvice, openAdvice } from './advice.js';
import { requests, showFirst, waits } from './approvals.js';
import { askIdentity } from './identity.js';
import { accept, decline, offered } from './offers.js';
import { editQuickReplies } from './quick.js';
import { actOf, keyOf, keysPressed } from './shortcuts.js';
import { now } from './time.js';

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
  await drawn();
  focus(name === 'preview' ? '#tab-preview' : `#${name}-text`);
  const { caret } = draftOf(state.place.id);
  if (name === 'draft' && caret) document.getElementById('draft-text')?.setSelectionRange(...caret);
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
  drawn().then(() => focus(selector));
}

function region(by) {
  const found = REGIONS.map((each) => document.querySelector(each)).filter((each) => each && each.offsetParent !== null);
  const at = found.findIndex((each) => each.contains(document.activeElement));
  const next = found[(at + by + found.length) % found.length];
  const into = next?.matches('[tabindex]') ? next : next?.querySelector('[tabindex="0"], textarea, input, a[href], button:not([disabled])');
  into?.focus();
}

const always = () => true;
const opened = () => Boolean(state.place.id && folderOf(state.place.id).inquiry);
const inWork = () => owned()?.state === 'ASSIGNED';

/** What has a key: whether it can be done now, how, and its picture where it is offered by its words too. */
const ACTS = {
  'move.longest': [() => mine().some((each) => each.waitingSince && each.state === 'ASSIGNED'), longestWaiting, 'clock'],
  'move.knowledge': [opened, () => side('#knowledge-search'), 'book'],
  'move.history': [opened, () => side('#side-history a, #side-history button, #side-history'), 'chat'],
  'move.customer': [opened, () => side('#side-facts'), 'user'],
  'write.draft': [() => Boolean(owned()), () => tab('draft'), 'reply'],
  'write.note': [opened, () => tab('note'), 'note'],
  'write.preview': [() => Boolean(owned()), () => tab('preview'), 'eye'],
  'write.undo': [always, undoNewest],
  'write.sticker': [() => Boolean(writable()), () => layer('stickers'), 'sticker'],
  'write.picture': [() => Boolean(writable()), () => document.getElementById('pick-picture')?.click(), 'image'],
  'write.quick': [() => Boolean(writable()), () => editQuickReplies(state.place.id), 'replies'],
  'write.advice': [always, () => answerAdvice('TAKEN')],
  'write.advice-edit': [always, () => answerAdvice('EDITED')],
  'write.advice-refuse': [always, () => answerAdvice('REFUSED')],
  'handle.accept': [() => offered().length > 0, () => accept(), 'check'],
  'handle.decline': [() => offered().length > 0, () => decline(), 'x'],
  'handle.hold': [inWork, () => layer('hold'), 'pause'],
  'handle.transfer': [() => Boolean(passable()), () => layer('transfer'), 'swap'],
  'handle.close': [() => Boolean(owned()), () => layer('close'), 'check'],
  'handle.hand-back': [inWork, () => layer('hand-back'), 'bot'],
  'handle.identity': [inWork, () => askIdentity(state.place.id), 'shield'],
  'handle.call': [() => inWork() && (owned().call ? owned().call.state !== 'offered' : owned().callPossible), () => layer(owned().call ? 'call-end' : 'call'), 'phone'],
  'handle.help': [inWork, () => (owned().help ? askHelp(state.place.id, null) : layer('help')), 'hand'],
  'handle.approvals': [() => requests().length > 0, showFirst, 'eye'],
};

/** What can be done now, by words. */
export const doable = () =>
  Object.entries(ACTS)
    .filter(([, [can, , picture]]) => picture && can())
    .map(([name, [, act, picture]]) => ({ word: `keys.${name}`, picture, keys: keyOf(name), act }));

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
  const name = actOf(keysPressed(event));
  if (name === 'move.palette') return paletteKey(event);
  let act = ACTS[name] && (() => ACTS[name][0]() && ACTS[name][1]());
  if (!act && altKey && !ctrlKey && !metaKey && !shiftKey) {
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(code);
    if (digit) act = () => openSlot(places()[digit[1] - 1]);
    else if (code === 'ArrowUp') act = () => step(-1);
    else if (code === 'ArrowDown') act = () => step(1);
  } else if (code === 'F6' && !altKey && !ctrlKey && !metaKey) {
    act = () => region(shiftKey ? -1 : 1);
  } else if (event.key === '?' && !altKey && !ctrlKey && !metaKey && !event.target.closest?.('input, textarea, select')) {
    act = () => layer(state.layer?.name === 'keys' ? null : 'keys');
  }
  if (!act) return;
  event.preventDefault();
  if (['admin', 'find', 'reports'].includes(state.place.page) && code !== 'F6' && event.key !== '?') go('/');
  act();
}

/** The palette opens on every page, and closes by the key that opened it. */
function paletteKey(event) {
  event.preventDefault();
  layer(state.layer?.name === 'palette' ? null : 'palette');
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
