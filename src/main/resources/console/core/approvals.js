import { state, changed, trouble, watch } from './state.js';
import { post } from './http.js';
import { folderOf, known, refreshInquiry } from './inquiries.js';
import { loadDraft } from './drafts.js';
import { refreshWorkspace } from './workspace.js';
import { go } from './route.js';
import { lang, t } from './words.js';

/** Drafts that wait for a supervisor, oldest first; nobody else is shown any. */
export const requests = () => state.workspace?.approvals.oldest ?? [];
export const waitingCount = () => state.workspace?.approvals.waiting ?? 0;

/** Whether the draft of an inquiry waits: nobody changes it meanwhile. */
export const waits = (inquiry) => inquiry?.approval?.state === 'WAITING';

/** The names of rules in the language of the screen. */
export const ruleNames = (names) => names.map((each) => each[lang()] ?? Object.values(each)[0]).join(' · ');

const pathOf = (request) => `/watch/${request.inquiry}`;

/** Shows the request that waits longest. */
export const showFirst = () => requests().length && go(pathOf(requests()[0]));

/** Goes on to the next request once one is decided. */
function goOn(id) {
  const all = requests();
  const at = all.findIndex((each) => each.inquiry === id);
  const next = all[at + 1] ?? all.find((each) => each.inquiry !== id);
  if (next) go(pathOf(next));
  refreshInquiry(id);
  refreshWorkspace();
}

/** Sends what waits; with words, those in place of the operator's. @throws {ApiError} */
export async function approve(id, words = null) {
  const folder = folderOf(id);
  await post(`/inquiries/${id}/approvals/${folder.inquiry.approval.id}/approve`, { draftVersion: folder.watched.version, ...words });
  goOn(id);
}

/** Gives what waits back to its operator. @throws {ApiError} */
export async function giveBack(id, note) {
  await post(`/inquiries/${id}/approvals/${folderOf(id).inquiry.approval.id}/return`, { note });
  goOn(id);
}

/** Takes the own draft back. */
export async function withdraw(id) {
  try {
    await post(`/inquiries/${id}/approvals/${folderOf(id).inquiry.approval.id}/withdraw`);
  } catch (error) {
    trouble(t(error.code === 'decided' ? 'approval.decided' : 'trouble.approval'), error.id);
  }
  await refreshInquiry(id);
  refreshWorkspace();
}

const waited = new Set();

/** When a request of ours is over the draft is what the server says: sent, or back for us to change. */
function follow() {
  for (const { id, inquiry } of known()) {
    if (waits(inquiry)) waited.add(id);
    else if (inquiry && waited.delete(id) && inquiry.mine) loadDraft(id).then(() => changed('draft'));
  }
}

watch(['inquiry'], follow);
