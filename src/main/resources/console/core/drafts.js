import { state, changed, trouble } from './state.js';
import { get, put } from './http.js';
import { folderOf } from './inquiries.js';
import { holdsCard } from './card.js';
import { apart, together } from './line-emoji.js';
import { t } from './words.js';

/** LINE counts a text in UTF-16 units, as JavaScript does: so many in a bubble, and at most five bubbles a send. */
export const BUBBLE = 5000;
export const LIMIT = 5 * BUBBLE;
const SAVE_AFTER = 400;
/** Who types on without a pause is saved at least so often: somebody may look on. */
const SAVE_WITHIN = 800;

/** What a draft is made of, as the API names it; LINE's emojis are characters of its text in this tab. */
const NOTHING = { text: '', sticker: null, image: null, card: null, quote: null, quickReplies: [] };
const partsOf = (draft) => Object.fromEntries(Object.keys(NOTHING).map((part) => [part, draft[part] ?? NOTHING[part]]));
const written = (draft) => ({ ...partsOf(draft), ...apart(draft.text) });
const readIn = (kept) => ({ ...partsOf(kept), text: together(kept.text ?? '', kept.emojis) });
const said = ({ text, sticker, image, card, quote, quickReplies }) => [text, sticker?.stickerId, image?.id, card && JSON.stringify([card.name, card.language, Object.entries(card.values ?? {}).sort()]), quote, ...(quickReplies ?? [])].join('\n');
const same = (one, other) => said(one) === said(other);

/** What is being written to one customer. The server keeps it; this is the copy under the caret. */
class Draft {
  constructor(id) {
    this.id = id;
    Object.assign(this, NOTHING);
    this.note = '';
    this.version = 0;
    this.savedAt = null;
    this.loaded = false;
    this.dirty = false;
    this.saving = null;
    this.timer = null;
    /** True while the newest words exist only in this tab. */
    this.local = false;
    /** The server's draft when another device changed it meanwhile. */
    this.rival = null;
    /** The newest message its writer has seen: sending is stopped when the customer wrote after it. */
    this.seen = null;
    /** The newest message a guard has shown or a sent draft was written after; it is never asked about again. */
    this.acknowledged = 0;
    this.caret = null;
    /** Which parts of the text were put in ready-made and not changed since: [from, to]. They are known in this tab only. */
    this.inserted = [];
    /** Where the caret was when it was sent: undo puts it back there. */
    this.sentCaret = null;
  }

  get empty() {
    return !this.text.trim() && !this.sticker && !this.image && !this.card;
  }
}

const drafts = new Map();

export function draftOf(id) {
  if (!drafts.has(id)) drafts.set(id, new Draft(id));
  return drafts.get(id);
}

const stashKey = (id) => `tsunagi.draft.${id}`;

/** Fetches the server's draft unless this tab holds newer words. */
export async function loadDraft(id) {
  const draft = draftOf(id);
  if (draft.loaded && (draft.dirty || draft.saving)) return;
  try {
    const kept = await get(`/inquiries/${id}/draft`);
    if (!draft.loaded && draft.dirty) {
      meet(draft, kept);
      return;
    }
    if (draft.dirty || draft.saving) return;
    const stash = draft.loaded ? null : unstash(id);
    if (kept.version !== draft.version || !draft.loaded) takeDraft(id, kept);
    if (stash && !same(stash, readIn(kept))) restore(draft, stash, kept);
  } catch (error) {
    if (error.status !== 401 && error.code !== 'offline') trouble(t('trouble.draft'), error.id);
  }
}

/** Words typed before the server's draft was here: they go on from it when it is empty, and ask otherwise. */
function meet(draft, kept) {
  draft.loaded = true;
  draft.version = kept.version;
  if (kept.text.trim() || kept.sticker || kept.image || kept.card) draft.rival = kept;
  changed('draft');
}

function restore(draft, stash, kept) {
  Object.assign(draft, partsOf(stash));
  draft.inserted = [];
  draft.note = stash.note;
  if (stash.version === kept.version) {
    draft.dirty = true;
    saveDraft(draft.id);
  } else {
    draft.rival = kept;
  }
  changed('draft');
}

/** Makes the server's draft the one shown. */
export function takeDraft(id, kept) {
  const draft = draftOf(id);
  clearTimeout(draft.timer);
  draft.inserted = untouched(draft.inserted, draft.text, readIn(kept).text);
  Object.assign(draft, readIn(kept), { version: kept.version, savedAt: kept.savedAt });
  draft.loaded = true;
  draft.dirty = false;
  draft.local = false;
  draft.rival = null;
  draft.seen = draft.empty ? null : Math.max(kept.sinceSeq ?? 0, draft.acknowledged);
  sessionStorage.removeItem(stashKey(id));
  changed('draft');
}

/** Takes what the operator typed or picked; it is saved when typing stops. */
export function write(id, change) {
  // What waits for a supervisor stays as it is.
  if (folderOf(id).inquiry?.approval?.state === 'WAITING') return;
  const draft = draftOf(id);
  const before = draft.empty;
  if ('text' in change) draft.inserted = untouched(draft.inserted, draft.text, change.text);
  Object.assign(draft, change);
  if (before && !draft.empty) draft.seen = folderOf(id).lastSeq;
  if (!draft.dirty) draft.dirtySince = Date.now();
  draft.dirty = true;
  stash(draft);
  clearTimeout(draft.timer);
  draft.timer = setTimeout(() => saveDraft(id), Math.max(0, Math.min(SAVE_AFTER, draft.dirtySince + SAVE_WITHIN - Date.now())));
  changed('draft');
}

/** Notes that this part of the text was put in ready-made. */
export function noteInserted(id, from, to) {
  draftOf(id).inserted.push([from, to]);
  changed('draft');
}

/** The parts that a change left as they were, at their new places. */
function untouched(parts, before, after) {
  const shorter = Math.min(before.length, after.length);
  let same = 0;
  while (same < shorter && before[same] === after[same]) same++;
  let tail = 0;
  while (tail < shorter - same && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const by = after.length - before.length;
  const behind = before.length - tail;
  return parts.filter(([from, to]) => to <= same || from >= behind).map(([from, to]) => (to <= same ? [from, to] : [from + by, to + by]));
}

export function writeNote(id, note) {
  const draft = draftOf(id);
  draft.note = note;
  stash(draft);
  changed('draft');
}

/** Saves what is not saved yet; resolves when the server has it all, or cannot be reached. */
export function saveDraft(id) {
  const draft = draftOf(id);
  clearTimeout(draft.timer);
  if (draft.saving) return draft.saving;
  const { inquiry } = folderOf(id);
  // Somebody else's by now: the words wait here, and asking would be an attempt that is refused and audited.
  if (draft.dirty && inquiry && !inquiry.mine) {
    draft.local = true;
    changed('draft');
    return Promise.resolve();
  }
  if (!draft.dirty || draft.rival) return Promise.resolve();
  draft.saving = push(draft).finally(() => {
    draft.saving = null;
    changed('draft');
  });
  return draft.saving;
}

async function push(draft) {
  if (!draft.loaded) await loadDraft(draft.id);
  if (!draft.loaded) draft.local = true;
  while (draft.loaded && draft.dirty && !draft.rival) {
    const { version } = draft;
    draft.dirty = false;
    try {
      const kept = await put(`/inquiries/${draft.id}/draft`, { ...written(draft), version });
      draft.version = kept.version;
      draft.savedAt = kept.savedAt;
      draft.local = false;
      if (!draft.dirty) keepOnly(draft);
    } catch (error) {
      draft.dirty = true;
      if (error.code === 'draft-changed') {
        const rival = error.error.draft ?? error.body.draft;
        if (!same(readIn(rival), draft)) draft.rival = rival;
        else draft.version = rival.version;
        continue;
      }
      if (error.code === 'image-gone') {
        draft.image = null;
        trouble(t('guard.image-gone'), error.id);
        continue;
      }
      draft.local = true;
      if (error.status >= 400 && error.status !== 401 && error.code !== 'awaiting-approval') trouble(t('trouble.draft'), error.id);
      return;
    }
  }
}

/** The other device's words win. */
export function takeRival(id) {
  takeDraft(id, draftOf(id).rival);
}

/** The words in this tab win. */
export function keepMine(id) {
  const draft = draftOf(id);
  draft.version = draft.rival.version;
  draft.rival = null;
  draft.dirty = true;
  return saveDraft(id);
}

/** Saves everything that waits: on return of the line, on leaving the page. */
export const saveAll = () => Promise.all([...drafts.values()].filter((draft) => draft.dirty).map((draft) => saveDraft(draft.id)));

/** Forgets every word on this machine: at sign-out. */
export function forgetDrafts() {
  drafts.clear();
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith('tsunagi.')) sessionStorage.removeItem(key);
  }
}

function stash(draft) {
  const { note, version } = draft;
  if ([draft.text, note, ...draft.quickReplies].some(holdsCard)) sessionStorage.removeItem(stashKey(draft.id));
  else sessionStorage.setItem(stashKey(draft.id), JSON.stringify({ ...partsOf(draft), note, version, me: state.me?.id }));
}

function keepOnly(draft) {
  if (draft.note) stash(draft);
  else sessionStorage.removeItem(stashKey(draft.id));
}

function unstash(id) {
  const kept = sessionStorage.getItem(stashKey(id));
  if (!kept) return null;
  const stashed = JSON.parse(kept);
  return stashed.me === state.me?.id ? stashed : null;
}
