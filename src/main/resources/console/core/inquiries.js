import { state, changed } from './state.js';
import { get, post } from './http.js';
import { announce } from './announce.js';
import { t, lang } from './words.js';

/** What we hold of one inquiry: its facts, its messages, the version they are at. */
class Folder {
  constructor(id) {
    this.id = id;
    this.inquiry = null;
    /** The owner's draft, for a supervisor who looks on. */
    this.watched = null;
    this.messages = [];
    this.version = 0;
    this.error = null;
    this.running = null;
    this.again = false;
  }

  get lastSeq() {
    return this.messages.reduce((last, message) => Math.max(last, message.seq), 0);
  }
}

const folders = new Map();

export function folderOf(id) {
  if (!folders.has(id)) folders.set(id, new Folder(id));
  return folders.get(id);
}

export const openFolder = () => (state.place.id ? folderOf(state.place.id) : null);
export const known = () => [...folders.values()];
export const forgetAll = () => folders.clear();

/** Fetches what the folder lacks; calls during a fetch are answered by one more fetch after it. */
export function refreshInquiry(id) {
  const folder = folderOf(id);
  if (folder.running) {
    folder.again = true;
    return folder.running;
  }
  folder.running = fetchInto(folder).finally(() => {
    folder.running = null;
    if (folder.again) {
      folder.again = false;
      refreshInquiry(id);
    }
  });
  return folder.running;
}

async function fetchInto(folder) {
  try {
    const [inquiry, news] = await Promise.all([
      get(`/inquiries/${folder.id}`),
      get(`/inquiries/${folder.id}/messages?since=${folder.version}`),
    ]);
    // In a frame one reads only, be it one's own.
    folder.inquiry = state.framed ? { ...inquiry, mine: false } : inquiry;
    folder.error = null;
    folder.watched = !state.framed && state.me?.role === 'supervisor' && !inquiry.mine && inquiry.state === 'ASSIGNED' ? await get(`/inquiries/${folder.id}/draft`) : null;
    const first = folder.version === 0;
    folder.version = news.version;
    take(folder, news.messages, first);
  } catch (error) {
    // What was fetched before stays readable; only a first fetch has nothing else to show.
    if (error.status !== 401) folder.error = error;
  }
  changed('inquiry');
}

/** Fetches the open one again when it could not be fetched last and may be had by now; others are fetched when opened. */
export function catchUpInquiry() {
  const folder = openFolder();
  if (folder?.error?.passing && !folder.running) refreshInquiry(folder.id);
}

/** Puts messages into the folder; shown by (time, seq), so that a latecomer stands where it belongs. */
export function take(folder, messages, silently = false) {
  if (!messages.length) return;
  const byId = new Map(folder.messages.map((message) => [message.id, message]));
  const fresh = messages.filter((message) => !byId.has(message.id) && message.from === 'customer');
  for (const message of messages) byId.set(message.id, { ...message, time: Date.parse(message.at) });
  folder.messages = [...byId.values()].sort((a, b) => a.time - b.time || a.seq - b.seq);
  if (!silently && fresh.length && folder.id === state.place.id) {
    const name = calledName(folder.inquiry.customer);
    for (const message of fresh) announce(`${name}: ${message.text ?? t(`type.${message.type}`)}`);
  }
}

/** Replaces the facts after an act whose answer is the inquiry. */
export function takeInquiry(inquiry) {
  folderOf(inquiry.id).inquiry = inquiry;
  changed('inquiry');
  refreshInquiry(inquiry.id);
}

/** Fetches my slots one after another, so that opening one needs no wait. */
export async function keepWarm(ids) {
  for (const id of ids) {
    if (!folderOf(id).version) await refreshInquiry(id);
  }
}

/** Does an act that changes the inquiry's state: hold, resume, close, reopen, hand-back, requeue, take. */
export async function act(id, name, body = {}) {
  takeInquiry(await post(`/inquiries/${id}/${name}`, body));
}

/** The customer's name as we address them: 様 in Japanese, nothing in English. */
export const calledName = (customer) => (lang() === 'ja' ? `${customer.name} 様` : customer.name);

/** Deliveries that have not gone to LINE yet and may still be taken back. */
export const undoable = (folder, at) =>
  folder.messages.filter(({ delivery }) => delivery?.state === 'queued' && delivery.undoUntil && Date.parse(delivery.undoUntil) > at);
