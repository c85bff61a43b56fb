import { state, changed, watch } from './state.js';
import { remember, remembered } from './remember.js';
import { announce } from './announce.js';
import { decidedHere, offered } from './offers.js';
import { mine } from './workspace.js';
import { t } from './words.js';

const TICK_EVERY = 5_000;
const OFFER_EVERY = 10_000;

/** Sounds and notifications are this person's choice on this machine; sounds are on until switched off. */
const on = (name, otherwise) => (remembered(`tsunagi.${name}.${state.me?.id ?? ''}`) ?? otherwise) === 'on';
export const soundsOn = () => on('sounds', 'on');
export const noticesOn = () => on('notices', 'off') && globalThis.Notification?.permission === 'granted';

const keep = (name, value) => remember(`tsunagi.${name}.${state.me.id}`, value ? 'on' : 'off');

export function switchSounds(wanted) {
  keep('sounds', wanted);
  changed('layer');
  if (wanted) sound('message');
}

/** Asks the browser the first time; what it refuses stays off. */
export async function switchNotices(wanted) {
  if (wanted && globalThis.Notification?.permission === 'default') await Notification.requestPermission();
  keep('notices', wanted);
  changed('layer');
}

let audio = null;
const TONES = { offer: [[659, 0], [880, 0.16]], message: [[784, 0]], goal: [[587, 0], [587, 0.2]] };

/** Plays a short soft sound; a browser that has seen no key or click yet stays silent. */
function sound(kind) {
  // On the phone one hears nothing else.
  if (!soundsOn() || state.workspace?.me?.inCall) return;
  audio ??= new AudioContext();
  if (audio.state === 'suspended') audio.resume();
  for (const [pitch, after] of TONES[kind]) {
    const from = audio.currentTime + after;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(0.08, from + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, from + 0.32);
    tone.connect(volume).connect(audio.destination);
    tone.start(from);
    tone.stop(from + 0.35);
  }
}

/** Says on the desktop what happened and in which slot, never who or what; only while the page is hidden. */
function notify(kind, slot) {
  if (!document.hidden || !noticesOn()) return;
  const note = new Notification(t(`notice.${kind}`), { body: slot ? t('notice.slot', { n: slot }) : t('notice.look'), tag: `${kind}-${slot ?? ''}` });
  note.onclick = () => window.focus();
}

let before = null;
let lastTick = 0;
const told = new Set();

/** Compares the lists with the ones before: what is new is heard, each thing once. */
function compare() {
  if (!state.me || !state.workspace) {
    before = null;
    return;
  }
  const slots = new Map(mine().map((each) => [each.id, each]));
  const calls = new Set(state.workspace.mentions.map((each) => each.id));
  const notices = new Set(state.workspace.notices.map((each) => each.id));
  const asked = new Set(state.workspace.approvals.oldest.map((each) => each.id));
  if (before) {
    for (const [id, slot] of slots) {
      const known = before.slots.get(id);
      if (!known && slot.state === 'ASSIGNED') say('offer', slot.slot);
      if (!known && slot.offeredUntil) announce(t('offer', { name: slot.customer.name }));
      else if (known?.approval === 'WAITING' && slot.approval !== 'WAITING') say('approval-result', slot.slot, 'message');
      else if (known && slot.unread > known.unread && (id !== state.place.id || document.hidden)) message(slot.slot);
    }
    for (const [id, slot] of before.slots) if (slot.offeredUntil && !decidedHere(id) && !slots.has(id)) announce(t('offer.passed'));
    for (const id of calls) if (!before.calls.has(id)) say('mention', null, 'message');
    for (const id of notices) if (!before.notices.has(id)) say('notice', null, 'message');
    for (const id of asked) if (!before.asked.has(id)) say('approval', null, 'message');
  }
  before = { slots, calls, asked, notices };
}

function say(kind, slot, tone = kind) {
  sound(tone);
  notify(kind, slot);
}

function message(slot) {
  notify('message', slot);
  if (Date.now() - lastTick < TICK_EVERY) return;
  lastTick = Date.now();
  sound('message');
}

/** A goal that comes near is said once an inquiry and wait; not for the one that is looked at. */
export function goalNear(slot) {
  const key = `${slot.id} ${slot.waitingSince}`;
  if (told.has(key)) return;
  told.add(key);
  if (slot.id === state.place.id && !document.hidden) return;
  say('goal', slot.slot);
}

watch(['workspace', 'me'], compare);
// An offer is heard until it is decided.
setInterval(() => state.me && offered().length && sound('offer'), OFFER_EVERY);
