import { state, trouble } from './state.js';
import { post } from './http.js';
import { refreshInquiry, takeInquiry } from './inquiries.js';
import { refreshWorkspace } from './workspace.js';
import { go, inquiryPath } from './route.js';
import { t } from './words.js';

/** Inquiries that are ours to accept or decline, the oldest offer first. */
export const offered = () => (state.workspace?.slots ?? []).filter((slot) => slot.offeredUntil).sort((one, other) => Date.parse(one.offeredUntil) - Date.parse(other.offeredUntil));

/** Decided here: when it leaves the slots nobody else was quicker. */
const decided = new Set();
export const decidedHere = (id) => decided.delete(id);

export const accept = (id = offered()[0]?.id) => id && decide(id, 'accept');
export const decline = (id = offered()[0]?.id) => id && decide(id, 'decline');

async function decide(id, what) {
  if (state.feed.state === 'offline') return;
  decided.add(id);
  try {
    const inquiry = await post(`/inquiries/${id}/${what}`);
    if (what === 'accept') {
      takeInquiry(inquiry);
      go(inquiryPath(id));
    } else if (state.place.id === id) {
      go('/');
    }
  } catch (error) {
    decided.delete(id);
    trouble(t(error.code === 'not-offered' || error.code === 'not-owner' || error.code === 'wrong-state' ? 'offer.passed' : 'trouble.offer'), error.id);
    refreshInquiry(id);
  }
  refreshWorkspace();
}
