import { html, nothing } from 'lit';
import { icon, face } from './view.js';
import { state } from '../core/state.js';
import { clock, moment, span } from '../core/time.js';
import { backToDraft, resend, undo } from '../core/sending.js';
import { write } from '../core/drafts.js';
import { tab, thenWrite } from '../core/keys.js';
import { keyOf } from '../core/shortcuts.js';
import { has, t } from '../core/words.js';
import { translationOf, whyUntranslated } from '../core/translations.js';
import { sticker } from './sticker.js';
import { emojiChip } from './emoji.js';
import { emojiWord } from '../core/line-emoji.js';
import { mediaTile, fileCard } from './media.js';
import { callCard } from './call.js';
import './clock.js';

/** How each kind of message is shown. Customers' words enter the page as text nodes only. */

const time = (message) => html`<span class="num">${clock(message.at)}</span>`;

/** What stands beside a bubble: how it went, and when. */
function stateOf(message, context) {
  const { delivery } = message;
  const marks = html`${message.late ? html`<b>${icon('clock', 'xs')}${t('message.late')}</b>` : nothing}${message.edited ? editedMark(message, context) : nothing}`;
  if (!delivery || message.from !== 'operator') {
    return html`<span class="st">${marks}${canQuote(message, context) ? html`<button class="stbtn quotebtn" title=${t('quote')} @click=${() => (write(context.inquiry.id, { quote: message.id }), tab('draft'))}>${icon('reply', 'xs')}${t('quote')}</button>` : nothing}${message.from === 'bot' ? html`<b>${t('message.bot')}</b>` : nothing}${time(message)}</span>`;
  }
  if (pending(delivery, context.at)) return html`<span class="st"></span>`;
  const key = `delivery-${message.id}`;
  const word = delivery.state === 'sent' ? t(`delivery.sent.${delivery.cost ?? 'unknown'}`) : t(delivery.state === 'queued' && has(`delivery.waits.${delivery.cause}`) ? `delivery.waits.${delivery.cause}` : `delivery.${delivery.state}`);
  return html`<span class="st">${marks}<button class="stbtn ${delivery.state}" aria-expanded=${context.isOpen(key)} title=${t('delivery.details')} @click=${() => context.toggle(key)}>${word}</button>${time(message)}</span>`;
}

const canQuote = ({ from, quotable, unsent }, { inquiry }) => from === 'customer' && quotable && !unsent && inquiry.mine && inquiry.state === 'ASSIGNED';

/** Why LINE did not take it, in the reader's language where there are words for it. */
const causeOf = ({ cause, reason }) => (cause && has(`delivery.cause.${cause}`) ? t(`delivery.cause.${cause}`) : (reason ?? t('delivery.cause.refused')));

const pending = (delivery, at) => delivery?.state === 'queued' && delivery.undoUntil && Date.parse(delivery.undoUntil) > at;

function editedMark(message, context) {
  const key = `edited-${message.id}`;
  return message.earlier?.length
    ? html`<button class="stbtn" aria-expanded=${context.isOpen(key)} @click=${() => context.toggle(key)}>${t('message.edited')}</button>`
    : html`<b>${t('message.edited')}</b>`;
}

function details({ delivery, at }) {
  return html`<dl class="facts">
    <dt>${t('delivery.time')}</dt><dd class="num">${moment(delivery.at ?? at)}</dd>
    <dt>${t('delivery.cost')}</dt><dd>${delivery.cost ? t(`cost.${delivery.cost}`) : '–'}</dd>
    <dt>${t('delivery.request')}</dt><dd class="mono">${delivery.requestId ?? '–'}</dd>
    ${delivery.reason ? html`<dt>${t('delivery.reason')}</dt><dd>${delivery.reason}</dd>` : nothing}
  </dl>`;
}

/** What stands inside a bubble of ours below the words: the ring, or what went wrong. */
function outcome(message, context) {
  const { delivery } = message;
  if (!delivery || !['operator', 'bot'].includes(message.from)) return nothing;
  const { id } = context.inquiry;
  // Text and sticker of one send share its delivery: what became of it stands below the last of them.
  if (context.lastOf(delivery.id) !== message.id) return nothing;
  if (pending(delivery, context.at)) {
    return html`<div class="after"><ts-ring .total=${state.me.undoSeconds} .until=${delivery.undoUntil}></ts-ring><span class="grow">${t('delivery.not-yet')}</span>
      ${state.framed ? nothing : html`<button class="btn sm" @click=${() => thenWrite(undo(id))}>${icon('undo', 'sm')}${t('undo')}<kbd>${keyOf('write.undo')}</kbd></button>`}</div>`;
  }
  if (delivery.state === 'failed' || delivery.state === 'expired') {
    return html`<div class="after failed">${icon('alert', 'sm')}<span>${delivery.state === 'failed' ? t('delivery.failed-why', { reason: causeOf(delivery) }) : t(`delivery.${delivery.state}.long`)}</span></div>
      ${context.inquiry.mine && message.from === 'operator' ? html`<div class="after"><button class="btn sm" @click=${() => resend(id, message)}>${icon('refresh', 'sm')}${t('delivery.again')}</button>
        ${message.text || message.sticker || message.card ? html`<button class="btn sm" @click=${() => (backToDraft(id, message), tab('draft'))}>${t('delivery.to-draft')}</button>` : nothing}
        <button class="btn sm quiet" aria-expanded=${context.isOpen(`delivery-${message.id}`)} @click=${() => context.toggle(`delivery-${message.id}`)}>${t('delivery.more')}</button></div>` : nothing}`;
  }
  if (delivery.state === 'unclear' || delivery.state === 'needs-quota') {
    return html`<div class="after waits">${icon('clock', 'sm')}<span>${t(`delivery.${delivery.state}.long`)}</span></div>`;
  }
  return nothing;
}

/** The words it answers to; what was taken back meanwhile is not shown here either. */
const quoted = ({ quoted: original }) => (original ? quoteOf(original) : nothing);

export function quoteOf(original) {
  const said = original.unsent ? t('message.quote-gone') : (original.text ?? t(`type.${has(`type.${original.type}`) ? original.type : 'unknown'}`));
  return html`<blockquote class="quote">${said}</blockquote>`;
}

/**
 * A text with LINE's own emojis and the people it names at their places (UTF-16 units, as LINE counts). Copying gives an
 * emoji's alternative text, or the word of one of ours.
 */
export function richText(text, emojis = [], mentions = []) {
  const parts = [...(emojis ?? []).map((each) => ({ ...each, kind: 'lemoji' })), ...(mentions ?? []).map((each) => ({ ...each, kind: 'mention' }))].sort((a, b) => a.index - b.index);
  const shown = [];
  let at = 0;
  for (const part of parts) {
    if (part.index < at) continue;
    shown.push(text.slice(at, part.index));
    at = part.index + part.length;
    const words = text.slice(part.index, at);
    shown.push(part.kind === 'mention' ? html`<b class="mention">${words}</b>` : emojiChip(part, words === '$' ? `(${emojiWord(part)})` : words));
  }
  shown.push(text.slice(at));
  return shown;
}

/** The message's own content, by its type. An unknown type is a normal case. */
function content(message, context) {
  switch (message.type) {
    case 'sticker': return html`${quoted(message)}${sticker(message.sticker)}`;
    case 'image':
    case 'video':
    case 'audio': return mediaTile(message, context);
    case 'file': return fileCard(message);
    case 'location': return place(message.location);
    case 'call': return callCard(message);
    default: return words(message, context);
  }
}

function words(message, context) {
  const text = message.text ?? (message.type === 'text' ? '' : t(`type.${has(`type.${message.type}`) ? message.type : 'unknown'}`));
  const failed = ['failed', 'expired'].includes(message.delivery?.state);
  const fresh = context.guardSince !== null && message.from === 'customer' && message.seq > context.guardSince;
  const typed = message.text !== null && !['text', 'template', 'card'].includes(message.type);
  return html`<div class="b ${message.from} ${failed ? 'failed' : ''} ${fresh ? 'fresh' : ''} ${pending(message.delivery, context.at) ? 'ghost' : ''}">
    ${typed ? html`<span class="btype">${t(`type.${has(`type.${message.type}`) ? message.type : 'unknown'}`)}</span>` : nothing}
    ${message.card ? html`<span class="btype">${has(`card.kind.${message.card.kind}`) ? t(`card.kind.${message.card.kind}`) : message.card.kind}</span>` : nothing}
    ${quoted(message)}<div class="words" lang=${message.language ?? context.inquiry.customer.language ?? nothing}>${richText(text, message.emojis, message.mentions)}</div>
    ${translation(message, context)}
    ${message.card?.labels?.length ? html`<ul class="replies" role="list" aria-label=${t('card.buttons')}>${message.card.labels.map((label) => html`<li>${label}</li>`)}</ul>` : nothing}
    ${context.isOpen(`edited-${message.id}`) ? html`<div class="earlier"><span class="meta">${t('message.earlier')}</span>${message.earlier.map((each) => html`<div class="words"><span class="meta num">${clock(each.at)}</span> ${richText(each.text ?? '', each.emojis)}</div>`)}</div>` : nothing}
    ${outcome(message, context)}
  </div>`;
}

/** What it says in the reader's language, below the words themselves; or why not, and a button that asks again. */
function translation(message, context) {
  const found = translationOf(message);
  if (found) {
    const from = found.writtenIn ?? message.language;
    return html`<div class="translated"><span class="meta">${icon('globe', 'xs')}${t('translated', { language: has(`language.${from}`) ? t(`language.${from}`) : from })}</span><div class="words" lang=${found.language}>${found.words}</div></div>`;
  }
  const why = whyUntranslated(message);
  return why ? html`<div class="translated"><span class="meta">${icon('globe', 'xs')}${t(why)}</span>${why === 'translate.away' ? html`<button class="btn sm" @click=${context.again}>${t('translate.again')}</button>` : nothing}</div>` : nothing;
}

const place = ({ title, address, latitude, longitude }) => html`<div class="card">${icon('pin')}<div class="grow"><p class="strong">${title ?? t('type.location')}</p><p>${address ?? ''}</p><p class="meta num">${latitude}, ${longitude}</p></div></div>`;

export const replies = (message) =>
  message.quickReplies?.length ? html`<ul class="replies" role="list" aria-label=${t('message.replies')}>${message.quickReplies.map((label) => html`<li>${label}</li>`)}</ul>` : nothing;

const tombstone = (message) => html`<div class="tomb">${icon(message.unsent ? 'undo' : 'clock', 'sm')}<span>${t(message.unsent ? 'message.unsent' : 'message.purged')}</span></div>`;

/** Nothing is left to show: taken back, or past its keeping time. A picture's own tile says when it went. */
const gone = (message) => message.unsent || (message.purged && !message.media);

export function messageRow(row, context) {
  const { message } = row;
  if (message.delivery?.state === 'cancelled') return html`<p class="ev"><span class="num">${clock(message.delivery.at ?? message.at)}</span> ${t('delivery.cancelled')}</p>`;
  const out = message.from === 'operator' || message.from === 'bot';
  const bare = gone(message) || !['text', 'postback', 'template', 'unknown'].includes(message.type);
  return html`<article class="m ${out ? 'out' : ''}" aria-label=${speaker(message, context)}>
    ${out ? nothing : face(context.inquiry.customer.name, row.faced ? 'md' : 'md gone')}
    <div class="mbody">${gone(message) ? tombstone(message) : content(message, context)}
      ${bare && !gone(message) ? outcome(message, context) : nothing}${replies(message)}
      ${context.isOpen(`delivery-${message.id}`) ? details(message) : nothing}</div>
    ${stateOf(message, context)}
  </article>`;
}

function speaker(message, { inquiry }) {
  if (message.from === 'customer') return inquiry.customer.name;
  return message.from === 'bot' ? t('message.bot') : (authorOf(message) ?? t('message.us'));
}

export const authorOf = (message) => (message.author === state.me.name ? state.me.displayName : message.author);

/** Pictures of a set come in any order; LINE says which is which, though not always. */
const inOrder = (messages) => [...messages].sort((a, b) => (a.imageSet && a.imageSet.id === b.imageSet?.id ? (a.imageSet.index ?? 0) - (b.imageSet.index ?? 0) : 0));

export function imageSet(row, context) {
  const last = row.messages.at(-1);
  const out = row.from !== 'customer';
  const due = row.messages.map((each) => each.media?.dueAt).filter(Boolean)[0];
  return html`<article class="m ${out ? 'out' : ''}" aria-label=${speaker(last, context)}>
    ${out ? nothing : face(context.inquiry.customer.name, row.faced ? 'md' : 'md gone')}
    <div class="mbody"><div class="tiles">${inOrder(row.messages).map((each) => mediaTile(each, context))}</div>
      ${due && row.messages.some((each) => each.media?.state === 'ready') ? html`<p class="purge">${icon('timer', 'sm')}<span>${t('media.due', { n: row.messages.length, time: moment(due) })}</span></p>` : nothing}
      ${outcome(last, context)}${replies(last)}${context.isOpen(`delivery-${last.id}`) ? details(last) : nothing}</div>
    ${stateOf(last, context)}
  </article>`;
}

export const note = (message) => html`<article class="notebox" aria-label=${t('note')}>${icon('lock', 'sm')}<div class="grow"><span class="strong">${t('note')}</span> <span class="words">${message.text}</span></div><span class="num by">${authorOf(message) ?? ''} ${clock(message.at)}</span></article>`;

/** "10:32 handed over · waited 1:48 · Aoi has it": what the hub did, in one line. */
export function eventLine(messages, { inquiry }) {
  const words = (message) => {
    const [code, ...rest] = (message.text ?? '').split(':');
    const who = rest.join(':');
    const said = code === 'closed' && has(`close.${who}`) ? t(`close.${who}`) : who;
    const values = { who: who === state.me.name ? state.me.displayName : said };
    const key = who && has(`event.${code}.who`) ? `event.${code}.who` : `event.${code}`;
    const line = has(key) ? t(key, values) : t('event.other', { code: message.text });
    return code === 'handed-off' && inquiry.handOff?.waitSeconds ? `${line} · ${t('event.waited', { time: span(inquiry.handOff.waitSeconds) })}` : line;
  };
  return html`<p class="ev"><span class="num">${clock(messages[0].at)}</span> ${messages.map(words).join(' · ')}</p>`;
}

/** The bot's part: one card, opened in place. */
export function botCard(row, context) {
  const open = context.isOpen(row.key);
  const shown = row.messages.filter((each) => each.type !== 'event');
  const asked = row.messages.find((each) => each.from === 'customer' && each.text);
  const summary = [asked?.text, context.inquiry.handOff?.reason && has(`handoff.${context.inquiry.handOff.reason}`) ? t(`handoff.${context.inquiry.handOff.reason}`) : context.inquiry.handOff?.reason].filter(Boolean);
  return html`<div class="botcard">${icon('bot')}<div class="grow"><p class="strong">${t('bot.title', { n: shown.length })}</p><p class="two">${summary.join(' ')}</p></div>
      <button class="btn sm quiet" aria-expanded=${open} @click=${() => context.toggle(row.key)}>${t(open ? 'fold' : 'unfold')}</button></div>
    ${open ? html`<div class="botpart">${shown.map((message, at) => messageRow({ message, faced: message.from === 'customer' && shown[at - 1]?.from !== 'customer' }, context))}</div>` : nothing}`;
}
