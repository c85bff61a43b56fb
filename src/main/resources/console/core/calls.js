import { state, trouble } from './state.js';
import { post } from './http.js';
import { refreshInquiry, takeInquiry } from './inquiries.js';
import { t } from './words.js';

const SAID = ['wrong-state', 'not-owner', 'blocked', 'standby', 'no-call', 'call-open', 'no-open-call', 'offline'];

/** What stands on the screen for why an act was refused. */
export const whyNot = (error) => t(`act.${SAID.includes(error.code) ? error.code : 'failed'}`);

/** How a call may end, in words of the configuration. */
export const outcomes = () => state.workspace?.callOutcomes ?? [];

async function tell(id, path, body) {
  takeInquiry(await post(`/inquiries/${id}/call${path}`, body));
}

/** @throws {ApiError} */
export const offerCall = (id) => tell(id, '');

/** @throws {ApiError} */
export const endCall = (id, outcome, note) => tell(id, '/end', { outcome, note });

/** Notes that the talk began, or takes the offer back; what is refused is said. */
export async function callStep(id, step) {
  try {
    await tell(id, `/${step}`);
  } catch (error) {
    trouble(whyNot(error), error.id);
    refreshInquiry(id);
  }
}
