import { state, changed, trouble } from './state.js';
import { get, post, put } from './http.js';
import { learnServerTime } from './time.js';
import { keepWarm } from './inquiries.js';
import { t } from './words.js';

let running = null;
let again = false;
let missed = false;

/** Fetches the lists again when they could not be fetched last. */
export function catchUpWorkspace() {
  if (missed && !running) refreshWorkspace();
}

/** Fetches the lists, which a frame has no place for; calls during a fetch are answered by one more fetch after it. */
export function refreshWorkspace() {
  if (state.framed) return Promise.resolve();
  if (running) {
    again = true;
    return running;
  }
  running = fetchLists().finally(() => {
    running = null;
    if (again) {
      again = false;
      refreshWorkspace();
    }
  });
  return running;
}

async function fetchLists() {
  try {
    const lists = await get('/workspace');
    learnServerTime(lists.serverTime);
    state.workspace = lists;
    missed = false;
    changed('workspace');
    keepWarm(lists.slots.map((slot) => slot.id));
  } catch (error) {
    // Without an answer the last known lists stay; the feed says that we are offline.
    missed = Boolean(error.passing);
    if (missed) return;
    if (error.status !== 401) trouble(t('trouble.lists'), error.id);
  }
}

export async function setPresence(presence, reason = null) {
  try {
    const me = await put('/me/presence', { presence, ...(reason ? { reason } : {}) });
    state.workspace = { ...state.workspace, me };
    changed('workspace');
    refreshWorkspace();
  } catch (error) {
    trouble(t('trouble.presence'), error.id);
  }
}

/** Says that we have looked at where we were called by name; the list forgets it at once. */
export async function mentionSeen(id) {
  state.workspace = { ...state.workspace, mentions: state.workspace.mentions.filter((each) => each.inquiry !== id) };
  changed('workspace');
  try {
    await post(`/inquiries/${id}/mention-seen`);
  } catch (error) {
    if (error.status !== 401 && error.code !== 'offline') trouble(t('trouble.mention'), error.id);
  }
}

/** Says that we have read what a supervisor told us; the list forgets it at once. */
export async function readNotice(id) {
  state.workspace = { ...state.workspace, notices: state.workspace.notices.filter((each) => each.id !== id) };
  changed('workspace');
  try {
    await post(`/notices/${id}/read`);
  } catch (error) {
    if (error.status !== 401 && error.code !== 'offline') trouble(t('trouble.mention'), error.id);
  }
}

/** All inquiries of mine that the lists show, slots first. */
export const mine = () => [...(state.workspace?.slots ?? []), ...(state.workspace?.held ?? [])];

export const summaryOf = (id) => mine().find((each) => each.id === id) ?? null;

/** Slots by their fixed place: one entry for each unit of capacity, null where it is free. */
export function places() {
  const lists = state.workspace;
  if (!lists) return [];
  const placed = lists.slots.filter((slot) => slot.slot);
  const count = Math.max(lists.me.capacity, lists.slots.length, ...placed.map((slot) => slot.slot));
  const all = Array.from({ length: count }, (_, at) => placed.find((slot) => slot.slot === at + 1) ?? null);
  // One that has no place yet stands in the first free one.
  for (const slot of lists.slots) if (!all.includes(slot)) all[all.indexOf(null)] = slot;
  return all;
}
