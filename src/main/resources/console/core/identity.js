import { trouble } from './state.js';
import { post } from './http.js';
import { takeInquiry } from './inquiries.js';
import { insertIntoDraft } from './insert.js';
import { t } from './words.js';

/** Takes the customer's next images for identity documents, and puts the words that ask for them into the draft. */
export async function askIdentity(id) {
  try {
    const { inquiry, text } = await post(`/inquiries/${id}/identity-request`);
    takeInquiry(inquiry);
    insertIntoDraft(id, text);
  } catch (error) {
    trouble(t(`act.${['wrong-state', 'not-owner', 'offline'].includes(error.code) ? error.code : 'failed'}`), error.id);
  }
}
