import { handles, state, changed, watch } from './state.js';
import { get, post } from './http.js';
import { catchUpInquiry, known, openFolder, refreshInquiry } from './inquiries.js';
import { catchUpWorkspace, refreshWorkspace } from './workspace.js';
import { loadDraft, saveAll } from './drafts.js';
import { sendWaiting } from './sending.js';

// The stream is read by fetch, not EventSource: its pings are comments, which EventSource hides, and only they
// tell a quiet line from a dead one.
const SILENCE = 35_000;
const SHOWN_AFTER = 5_000;
const BACK_SHOWN = 2_000;
const BEAT_EVERY = 4_000;

let beaten = { at: 0, inquiry: null };
let caughtUp = 0;

let line = null;
let retry = null;
let lostSince = null;
// The id of the last event: with it the hub tells what was missed.
let last = null;
let news = { everything: false, ids: new Map(), timer: null };

export function startFeed() {
  stopFeed();
  last = null;
  connect();
}

export function stopFeed() {
  clearTimeout(retry);
  line?.abort();
  line = null;
  lostSince = null;
  state.feed = { state: 'connecting', retryAt: null };
}

export function tryNow() {
  clearTimeout(retry);
  line?.abort();
  connect();
}

async function connect() {
  const mine = new AbortController();
  line = mine;
  let silence = null;
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => mine.abort(), SILENCE);
  };
  try {
    heard();
    const answer = await fetch('/api/feed', {
      headers: { Accept: 'text/event-stream', ...(last && { 'Last-Event-ID': last }) },
      signal: mine.signal,
      cache: 'no-store',
    });
    // The call for who we are learns that the session is over, and leads to the sign-in page.
    if (answer.status === 401) await get('/me');
    if (!answer.ok) throw new Error(`feed ${answer.status}`);
    opened();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      heard();
      beat();
      catchUp();
      const blocks = (rest + value).replaceAll('\r\n', '\n').split('\n\n');
      rest = blocks.pop();
      blocks.forEach(read);
    }
  } catch {
    // However the line ended, the answer is the same: wait a little and connect again.
  } finally {
    clearTimeout(silence);
    if (line === mine) lost();
  }
}

function opened() {
  const away = state.feed.state === 'offline';
  lostSince = null;
  setFeed(away ? 'back' : 'connected');
  if (away) setTimeout(() => state.feed.state === 'back' && setFeed('connected'), BACK_SHOWN);
  // One who comes back is told what happened meanwhile; the first time, what was fetched before may be old.
  if (!last) refreshAll();
  saveAll().then(() => {
    if (openFolder()?.inquiry?.mine) loadDraft(state.place.id);
    sendWaiting();
  });
}

function lost() {
  lostSince ??= Date.now();
  const wait = 1_000 + Math.random() * 4_000;
  const dark = Date.now() - lostSince >= SHOWN_AFTER;
  setFeed(dark ? 'offline' : 'lost', Date.now() + wait);
  if (!dark) {
    setTimeout(() => {
      if (lostSince && state.feed.state === 'lost') setFeed('offline', state.feed.retryAt);
    }, SHOWN_AFTER - (Date.now() - lostSince));
  }
  clearTimeout(retry);
  retry = setTimeout(connect, wait);
}

function setFeed(name, retryAt = null) {
  state.feed = { state: name, retryAt };
  changed('feed');
}

/**
 * Tells the hub that this screen is there and what is on it. Hangs on what the stream brings, at least a ping every five
 * seconds, because the timers of a hidden page hardly run.
 */
function beat(shown = state.place.id) {
  if (state.framed || !state.me || !handles(state.me)) return;
  const inquiry = document.hidden ? null : shown;
  if (Date.now() - beaten.at < BEAT_EVERY && beaten.inquiry === inquiry) return;
  beaten = { at: Date.now(), inquiry };
  // One that is lost is made good by the next; a session that ended is found out by the feed.
  post('/me/heartbeat', { inquiry }).catch(() => {});
}

/**
 * Fetches again what the stream told of and a call could not bring, and sends what a call could not take, as when the calls
 * reach a node that ends and the stream another. Hangs on the stream, as the heartbeat does.
 */
function catchUp() {
  if (Date.now() - caughtUp < BEAT_EVERY) return;
  caughtUp = Date.now();
  catchUpWorkspace();
  catchUpInquiry();
  sendWaiting();
}

function read(block) {
  let event = 'message';
  let data = '';
  for (const row of block.split('\n')) {
    if (row.startsWith('id:')) last = row.slice(3).trim();
    else if (row.startsWith('event:')) event = row.slice(6).trim();
    else if (row.startsWith('data:')) data += row.slice(5).trim();
  }
  if (event === 'everything') news.everything = true;
  else if (event === 'inquiry' && data) {
    const { id, version } = JSON.parse(data);
    news.ids.set(id, version);
  } else if (event !== 'workspace') return;
  news.timer ??= setTimeout(flush, 16);
}

function refreshAll() {
  refreshWorkspace();
  for (const folder of known()) if (folder.version) refreshInquiry(folder.id);
}

/** What came within one frame is fetched together. */
function flush() {
  const { ids, everything } = news;
  news = { everything: false, ids: new Map(), timer: null };
  if (everything) {
    refreshAll();
    return;
  }
  refreshWorkspace();
  for (const folder of known()) {
    const version = ids.get(folder.id);
    if (version > folder.version || (version !== undefined && folder.id === state.place.id)) refreshInquiry(folder.id);
  }
}

watch(['place'], () => lostSince === null && line && beat());
addEventListener('online', () => lostSince && tryNow());
document.addEventListener('visibilitychange', () => {
  if (document.hidden) saveAll();
  else if (state.me && openFolder()?.inquiry?.mine && state.feed.state === 'connected') loadDraft(state.place.id);
});
addEventListener('pagehide', () => saveAll());
