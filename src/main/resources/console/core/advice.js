import { changed, trouble } from './state.js';
import { post } from './http.js';
import { waits } from './approvals.js';
import { folderOf, refreshInquiry } from './inquiries.js';
import { saveDraft } from './drafts.js';
import { insertIntoDraft } from './insert.js';
import { t } from './words.js';

/** Decided here, and perhaps not known to the server yet. */
const decided = new Set();

/** Advice that waits for the owner's answer, oldest first. */
export const openAdvice = (inquiry) => (inquiry?.mine ? inquiry.advice.filter((each) => each.outcome === 'OPEN' && !decided.has(each.id)) : []);

/** Takes, edits or refuses advice; taken words go to the caret, edited ones are marked there to be changed. */
export async function decide(id, outcome, advice = openAdvice(folderOf(id).inquiry)[0]) {
  const { inquiry } = folderOf(id);
  // What waits for a supervisor takes no words: the advice stays open until they can go in.
  if (!advice || (outcome !== 'REFUSED' && waits(inquiry))) return;
  decided.add(advice.id);
  changed('inquiry');
  if (outcome !== 'REFUSED') {
    insertIntoDraft(id, advice.words, null, outcome === 'EDITED');
    // Who hears that it was taken finds it in the draft.
    await saveDraft(id);
  }
  try {
    await post(`/inquiries/${id}/advice/${advice.id}`, { outcome });
  } catch (error) {
    if (error.code !== 'decided') {
      decided.delete(advice.id);
      trouble(t('trouble.advice'), error.id);
    }
  }
  refreshInquiry(id);
}

/** @throws {ApiError} */
export async function advise(id, words) {
  await post(`/inquiries/${id}/advice`, { words });
  refreshInquiry(id);
}

/** Asks for help with a few words or none; null takes it back. */
export async function askHelp(id, words) {
  try {
    await post(`/inquiries/${id}/help`, { raised: words !== null, words: words ?? '' });
  } catch (error) {
    trouble(t(`act.${['not-owner', 'offline'].includes(error.code) ? error.code : 'failed'}`), error.id);
  }
  refreshInquiry(id);
}
