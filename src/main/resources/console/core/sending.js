import { emptyPlace } from './cards.js';
import { state, changed, trouble } from './state.js';
import { post } from './http.js';
import { folderOf, refreshInquiry, take, undoable } from './inquiries.js';
import { holdsCard } from './card.js';
import { lengthOf, together } from './line-emoji.js';
import { openPlace } from './canned.js';
import { draftOf, saveDraft, takeDraft, write, writeNote, LIMIT } from './drafts.js';
import { refreshWorkspace } from './workspace.js';
import { now } from './time.js';
import { t } from './words.js';

/** Why sending was stopped, by inquiry; the desk shows it in place of the send strip. */
const guards = new Map();
/** Presses that wait for the line to come back, by inquiry. */
const waiting = new Map();
const busy = new Set();

export const guardOf = (id) => guards.get(id) ?? null;
export const waitsForLine = (id) => waiting.has(id);
export const isSending = (id) => busy.has(id);

export function dropGuard(id) {
  guards.delete(id);
  changed('draft', 'guard');
}

function stop(id, guard) {
  guards.set(id, guard);
  changed('draft', 'guard');
}

/** Sends the draft of an inquiry; confirm names the guards the operator has read and overrides. */
export function send(id, confirm = []) {
  const draft = draftOf(id);
  if (busy.has(id) || draft.empty || lengthOf(draft.text) > LIMIT || draft.rival) return Promise.resolve();
  guards.delete(id);
  draft.sentCaret = draft.caret;
  changed('guard');
  // The server masks such a number when it keeps the draft; what would be sent is not what stands here.
  if (holdsCard(draft.text)) {
    stop(id, { code: 'card-number', confirmed: [] });
    return Promise.resolve();
  }
  const place = openPlace(draft.text);
  if (place) {
    stop(id, { code: 'placeholder', confirmed: [], name: place.words });
    return Promise.resolve();
  }
  const unfilled = emptyPlace(draft.card);
  if (unfilled) {
    stop(id, { code: 'placeholder', confirmed: [], name: unfilled });
    return Promise.resolve();
  }
  return deliver(id, { clientId: crypto.randomUUID(), confirm });
}

async function deliver(id, press) {
  const draft = draftOf(id);
  const folder = folderOf(id);
  busy.add(id);
  changed('draft');
  try {
    await saveDraft(id);
    if (draft.rival) return;
    if (draft.local) {
      waiting.set(id, press);
      return;
    }
    const seenSeq = draft.seen ?? folder.lastSeq;
    const { text } = draft;
    const answer = await post(`/inquiries/${id}/send`, {
      clientId: press.clientId,
      draftVersion: draft.version,
      seenSeq,
      ...(press.confirm.length ? { confirm: press.confirm } : {}),
    });
    waiting.delete(id);
    if (answer.approval) {
      // It stays the draft, and waits.
      await refreshInquiry(id);
      refreshWorkspace();
      return;
    }
    draft.acknowledged = Math.max(draft.acknowledged, seenSeq);
    take(folder, answer.messages, true);
    if (draft.text === text) takeDraft(id, answer.draft);
    else keepTyping(draft, answer.draft);
    changed('inquiry');
  } catch (error) {
    refused(id, press, error);
  } finally {
    busy.delete(id);
    changed('draft');
  }
}

/** What was typed while the send was on its way is the next draft. */
function keepTyping(draft, kept) {
  draft.version = kept.version;
  write(draft.id, { sticker: kept.sticker, image: kept.image, card: kept.card, quote: kept.quote, quickReplies: kept.quickReplies });
}

function refused(id, press, error) {
  const draft = draftOf(id);
  const folder = folderOf(id);
  if (error.code === 'offline' || error.status === 401) {
    // The same press goes again later under the same id, so that the server sends once at most.
    waiting.set(id, press);
    return;
  }
  waiting.delete(id);
  if (error.code === 'newer-message') {
    const since = draft.seen ?? folder.lastSeq;
    take(folder, error.error.messages ?? error.body.messages ?? []);
    draft.seen = draft.acknowledged = folder.lastSeq;
    const count = folder.messages.filter((each) => each.from === 'customer' && each.seq > since).length;
    stop(id, { code: error.code, since, count, confirmed: press.confirm });
  } else if (error.code === 'draft-changed') {
    draft.rival = error.error.draft ?? error.body.draft ?? null;
    if (!draft.rival) refreshInquiry(id);
  } else {
    const owner = error.error.owner ?? error.body?.owner;
    stop(id, { code: error.code, confirmed: press.confirm, owner: owner?.displayName ?? owner ?? '', name: error.error.name ?? error.body?.name ?? '', names: error.error.names ?? [], errorId: error.id });
    if (error.code === 'not-owner' || error.code === 'blocked') refreshInquiry(id);
  }
}

/** Sends what was pressed while there was no line. The guard is asked as always. */
export function sendWaiting() {
  for (const [id, press] of waiting) {
    if (!busy.has(id)) deliver(id, press);
  }
}

export function dropWaiting(id) {
  waiting.delete(id);
  changed('draft');
}

/** Takes back what has not gone to LINE yet; its words return to the draft. */
export async function undo(id) {
  const message = undoable(folderOf(id), now()).at(-1);
  if (!message) return false;
  try {
    const { draft } = await post(`/inquiries/${id}/undo`, { messageId: message.id });
    takeDraft(id, draft);
    draftOf(id).caret = draftOf(id).sentCaret;
    await refreshInquiry(id);
    refreshWorkspace();
    return true;
  } catch (error) {
    trouble(t(error.code === 'too-late' ? 'undo.too-late' : 'trouble.undo'), error.id);
    refreshInquiry(id);
    return false;
  }
}

export async function addNote(id) {
  const { note } = draftOf(id);
  if (!note.trim()) return;
  try {
    take(folderOf(id), [await post(`/inquiries/${id}/notes`, { text: note })], true);
    writeNote(id, '');
    changed('inquiry');
  } catch (error) {
    trouble(t('trouble.note'), error.id);
  }
}

/** Sends a message again that did not arrive. */
export async function resend(id, message) {
  try {
    await post(`/inquiries/${id}/resend`, { messageId: message.id });
  } catch (error) {
    trouble(t(`resend.${['not-failed', 'not-owner', 'blocked', 'call-over', 'offline'].includes(error.code) ? error.code : 'failed'}`), error.id);
  }
  refreshInquiry(id);
}

/** Puts the words of a failed delivery back into the draft, after what already stands there. */
export function backToDraft(id, message) {
  const draft = draftOf(id);
  const text = [draft.text.trimEnd(), message.text && together(message.text, message.emojis)].filter(Boolean).join('\n');
  write(id, message.card?.from ? { card: message.card.from } : message.sticker ? { sticker: { packageId: message.sticker.packageId, stickerId: message.sticker.stickerId } } : { text });
}

export function forgetSending() {
  guards.clear();
  waiting.clear();
  busy.clear();
}
