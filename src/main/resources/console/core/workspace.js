import { state, changed, trouble } from './state.js';
import { get, put } from './http.js';
import { learnServerTime } from './time.js';
import { keepWarm } from './inquiries.js';
import { t } from './words.js';

let running = null;
let again = false;

/** Fetches the lists; calls during a fetch are answered by one more fetch after it. */
export function refreshWorkspace() {
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
    changed('workspace');
    keepWarm(lists.slots.map((slot) => slot.id));
  } catch (error) {
    // Without an answer the last known lists stay; the feed says that we are offline.
    if (error.status >= 500 || !error.status) return;
    if (error.status !== 401) trouble(t('trouble.lists'), error.id);
  }
}

export async function setPresence(presence) {
  try {
    const me = await put('/me/presence', { presence });
    state.workspace = { ...state.workspace, me };
    changed('workspace');
    refreshWorkspace();
  } catch (error) {
    trouble(t('trouble.presence'), error.id);
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
