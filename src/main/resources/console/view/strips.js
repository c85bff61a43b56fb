import { html, nothing } from 'lit';
import { icon } from './view.js';
import { moment } from '../core/time.js';
import { keyName } from '../core/shortcuts.js';
import { accept, decline } from '../core/offers.js';
import { ruleNames, withdraw } from '../core/approvals.js';
import { has, t } from '../core/words.js';

/** What stands in place of the send strip when sending was stopped, with the acts that are left. */

const OVERRIDES = ['newer-message', 'other-customer', 'needs-approval'];

export function guardStrip(guard, inquiry, back, override) {
  const key = has(`guard.${guard.code}`) ? `guard.${guard.code}` : 'guard.unknown';
  const more = `${key}.more`;
  return html`<div class="guard" role="alert">${icon('alert')}
    <div class="grow"><p class="strong">${t(key, { n: guard.count ?? 1, name: guard.names?.length ? ruleNames(guard.names) : guard.name, owner: guard.owner })}</p>${has(more) ? html`<p>${t(more)}</p>` : nothing}
      ${key === 'guard.unknown' && guard.errorId ? html`<p class="meta">${t('trouble.id', { id: guard.errorId })}</p>` : nothing}</div>
    ${guard.standing ? nothing : html`<button id="guard-back" class="btn" @click=${back}><span>${t('guard.back')}</span><kbd>Esc</kbd></button>`}
    ${OVERRIDES.includes(guard.code) ? html`<button class="btn primary" @click=${override}>${t(`guard.${guard.code}.override`)}</button>` : nothing}
  </div>`;
}

/** Another system speaks with the customer now; where chats are shared it can be asked for. */
export const standbyStrip = (inquiry, perform) => html`<div class="guard" role="status">${icon('alert')}
  <div class="grow"><p class="strong">${t('guard.standby')}</p><p>${t('guard.standby.more')}</p></div>
  ${inquiry.chatShared ? html`<button class="btn" @click=${() => perform(inquiry.id, 'chat-control')}>${t('standby.take')}</button>` : nothing}</div>`;

/** The own draft waits for a supervisor. */
export const awaitsStrip = (inquiry) => html`<div class="guard calm" role="status">${icon('shield')}
  <div class="grow"><p class="strong">${t('approval.waits', { names: ruleNames(inquiry.approval.names) })}</p><p>${t('approval.waits.more', { time: moment(inquiry.approval.at) })}</p></div>
  <button class="btn" @click=${() => withdraw(inquiry.id)}>${t('approval.withdraw')}</button></div>`;

/** The own draft came back from a supervisor, or its request was overtaken. */
export function returnedStrip({ approval }) {
  if (!['RETURNED', 'VOID'].includes(approval?.state)) return nothing;
  const words = approval.state === 'RETURNED' ? html`<span class="strong">${t('approval.returned', { by: approval.decidedBy })}</span> <span class="words">${approval.note}</span>` : html`<span class="strong">${t(`approval.void.${approval.why}`)}</span>`;
  return html`<div class="advice" role="status">${icon('reply')}<p class="grow">${words}</p></div>`;
}

export const rivalStrip = (load, keep) => html`<div class="guard" role="alert">${icon('alert')}
  <div class="grow"><p class="strong">${t('rival')}</p><p>${t('rival.more')}</p></div>
  <button id="guard-back" class="btn" @click=${load}>${t('rival.load')}</button><button class="btn" @click=${keep}>${t('rival.keep')}</button></div>`;

/** Why one cannot write here: held, waiting, with the bot, closed, or somebody else's. */
export function stateStrip(inquiry, perform) {
  const owner = inquiry.owner?.displayName;
  const last = inquiry.holds?.at(-1);
  const does = (name, picture) => html`<button class="btn" @click=${() => perform(inquiry.id, name)}>${icon(picture)}<span>${t(name)}</span></button>`;
  if (inquiry.mine && inquiry.offeredUntil) {
    return html`<div class="statestrip">${icon('timer')}<div class="grow"><p class="strong">${t('offer.here')}</p><p>${t('offer.here.more', { time: moment(inquiry.offeredUntil) })}</p></div>
      <button class="btn" @click=${() => decline(inquiry.id)}>${icon('x')}<span>${t('offer.decline')}</span></button><button class="btn primary" @click=${() => accept(inquiry.id)}>${icon('check')}<span>${t('offer.accept')}</span></button></div>`;
  }
  if (inquiry.state === 'HELD' && inquiry.mine) {
    const until = inquiry.holdUntil ?? last?.until;
    return html`<div class="statestrip">${icon('pause')}<div class="grow"><p class="strong">${until ? t('state.held-until', { time: moment(until) }) : t('state.held')}</p><p class="words">${inquiry.holdMemo ?? last?.memo ?? ''}</p></div>${does('resume', 'play')}</div>`;
  }
  if (inquiry.state === 'CLOSED') {
    const reason = inquiry.closeReason && has(`close.${inquiry.closeReason}`) ? t(`close.${inquiry.closeReason}`) : inquiry.closeReason;
    return html`<div class="statestrip">${icon('check')}<div class="grow"><p class="strong">${t('state.closed', { time: inquiry.closedAt ? moment(inquiry.closedAt) : '' })}</p>
      <p>${[reason, inquiry.survey?.score ? t('survey.score', { n: inquiry.survey.score }) : null].filter(Boolean).join(' · ')}</p></div></div>`;
  }
  const word = inquiry.state === 'WAITING' ? 'state.waiting' : inquiry.state === 'BOT' ? 'state.bot' : 'state.other';
  return html`<div class="statestrip">${icon(inquiry.state === 'BOT' ? 'bot' : 'lock')}<div class="grow"><p class="strong">${t(word, { owner: owner ?? '–' })}</p><p>${t('state.read-only')}</p></div></div>`;
}
