import { state, changed } from './state.js';
import { post } from './http.js';
import { draftOf, write } from './drafts.js';
import { refreshInquiry } from './inquiries.js';
import { spoken } from './line-emoji.js';
import { has, lang } from './words.js';

const AT_ONCE = 5;
/** After so many milliseconds a screen asks again a hub that has too many calls to the service under way. */
const CROWDED = 2000;

/** What was asked for, by message, language and words: null, or in one word why there is no translation. */
const asked = new Map();
/** Whether a call is under way; one at a time, so that a slow service keeps no connection from the chat. */
let asking = false;
/** What was made of drafts, by inquiry: {of, text, back}, {of, busy} or {of, code}. */
const drafts = new Map();

const primary = (language) => (language ?? '').toLowerCase().split('-')[0];
const keyOf = (message) => `${message.id} ${lang()} ${message.text}`;

/** Whether the customer writes another language than the one this screen speaks, and a service translates. */
export const foreign = (inquiry) => inquiry.translated && inquiry.customer.language && primary(inquiry.customer.language) !== lang();

const wanted = (message) => message.type === 'text' && message.text && !message.unsent && message.language && primary(message.language) !== lang() && ['customer', 'operator', 'bot'].includes(message.from);

/** What a message says in this screen's language; null where nothing is known, or it is written in it. */
export const translationOf = (message) => (wanted(message) ? (message.translations?.find((each) => primary(each.language) === lang() && each.words) ?? null) : null);

/** Why a message has no translation, as a key of words; null where it has one, needs none or it is on its way. */
export function whyUntranslated(message) {
  const code = wanted(message) && !translationOf(message) ? asked.get(keyOf(message)) : null;
  return code ? (has(`translate.${code}`) ? `translate.${code}` : 'translate.away') : null;
}

const lacks = (message) => wanted(message) && !message.translations?.some((each) => primary(each.language) === lang());

/** Has what is on the screen translated, the newest first; nothing waits for it. */
export function translateShown({ id, inquiry }, shown) {
  // A frame reads only: it shows what is known.
  if (!inquiry.translated || state.framed || asking) return;
  const next = shown.filter((message) => lacks(message) && !asked.has(keyOf(message))).slice(-AT_ONCE);
  if (next.length) ask(id, next, false);
}

/** Somebody asks again for what was not translated. */
export function translateAgain({ id }, shown) {
  const next = shown.filter((message) => lacks(message) && asked.get(keyOf(message))).slice(-AT_ONCE);
  next.forEach((message) => asked.delete(keyOf(message)));
  if (next.length && !asking) ask(id, next, true);
}

async function ask(id, messages, again) {
  const keys = new Map(messages.map((message) => [message.id, keyOf(message)]));
  asking = true;
  for (const key of keys.values()) asked.set(key, null);
  try {
    const outcomes = await post(`/inquiries/${id}/translations`, { to: lang(), messages: [...keys.keys()], again });
    for (const { message, code } of outcomes) asked.set(keys.get(message), code);
    await refreshInquiry(id);
  } catch (error) {
    if (error.code === 'crowded') setTimeout(() => askLater(keys), CROWDED);
    else if (error.status === 401) forget(keys);
    else for (const key of keys.values()) asked.set(key, error.code ?? 'away');
  } finally {
    asking = false;
    changed('inquiry');
  }
}

const forget = (keys) => keys.forEach((key) => asked.delete(key));

function askLater(keys) {
  forget(keys);
  changed('inquiry');
}

/** What was made of the draft as it stands now; null where nobody asked. */
export function translatedDraft(id) {
  const made = drafts.get(id);
  return made?.of === draftOf(id).text ? made : null;
}

/** Has the draft said in the customer's language, and back; the draft stays as it is. */
export async function translateDraft(id) {
  const of = draftOf(id).text;
  drafts.set(id, { of, busy: true });
  changed('draft');
  try {
    const { text, back } = await post(`/inquiries/${id}/draft-translation`, { text: spoken(of), from: lang() });
    drafts.set(id, { of, text, back });
  } catch (error) {
    drafts.set(id, { of, code: has(`translate.${error.code}`) ? error.code : 'away' });
  }
  changed('draft');
}

/** The translation takes the draft's place; what it says in our language stays beside it. */
export function takeTranslation(id) {
  const { text, back } = translatedDraft(id);
  drafts.set(id, { of: text, text, back, taken: true });
  write(id, { text });
}

/** Somebody else sits here now. */
export function forgetTranslations() {
  asked.clear();
  drafts.clear();
}
