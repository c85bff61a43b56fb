import { state, changed, trouble } from './state.js';
import { get, post } from './http.js';
import { folderOf } from './inquiries.js';
import { draftOf } from './drafts.js';
import { t } from './words.js';

const OPEN_PLACE = /\{\{[^{}\n]*\}\}/;
const known = new Map();

const keyOf = ({ customer, language, team }) => new URLSearchParams({ language: language ?? customer.language, ...(team ? { team } : {}) }).toString();

/** The canned answers for an inquiry's language and team, the most used first; null before they are here. */
export const cannedFor = (inquiry) => known.get(keyOf(inquiry)) ?? null;

export async function loadCanned(inquiry) {
  try {
    known.set(keyOf(inquiry), await get(`/canned?${keyOf(inquiry)}`));
    changed('canned');
  } catch (error) {
    if (error.status !== 401) trouble(t('trouble.canned'), error.id);
  }
}

/** Fills in what is known of the inquiry; what is not stays as it stands. */
export function fill(body, inquiry) {
  const values = {
    customer: inquiry.customer.lineName,
    operator: state.me.displayName,
    account: inquiry.accountName,
    number: String(inquiry.number),
    case: inquiry.case?.number ?? inquiry.caseNumber,
  };
  return body.replace(/\{\{\s*(\w+)\s*\}\}/g, (all, name) => values[name] || all);
}

/** The first place of a text that was not filled in: its words and where it stands, or null. */
export function openPlace(text) {
  const found = OPEN_PLACE.exec(text);
  return found && { words: found[0], from: found.index, to: found.index + found[0].length };
}

/** What is being typed behind a slash at the start of the line with the caret, or null. */
export function typedShortcut(id) {
  const { text, caret } = draftOf(id);
  const at = caret?.[0] ?? text.length;
  const found = /(?:^|\n)([/／]([^\n/／]*))$/.exec(text.slice(0, at));
  return found && { query: found[2], from: at - found[1].length, to: at };
}

/** Counts a use; that it could not be counted is no reason to stop the operator. */
export async function countUse(answer, id) {
  try {
    await post(`/canned/${answer.id}/uses`);
    if (folderOf(id).inquiry) loadCanned(folderOf(id).inquiry);
  } catch (error) {
    if (error.status !== 401) trouble(t('trouble.canned-use'), error.id);
  }
}
