import { html, nothing } from 'lit';
import { icon } from './view.js';
import './clock.js';
import { layer } from '../core/state.js';
import { callStep } from '../core/calls.js';
import { clock, span } from '../core/time.js';
import { has, t } from '../core/words.js';

/** An outcome of the configuration, in words where there are some. */
export const outcomeWord = (outcome) => (has(`call.outcome.${outcome}`) ? t(`call.outcome.${outcome}`) : outcome);

/** How the open call stands, above the draft: it is work beside the chat. */
export function callStrip(inquiry) {
  const { call } = inquiry;
  if (!call) return nothing;
  const own = inquiry.mine && ['ASSIGNED', 'HELD'].includes(inquiry.state);
  const does = (step, word) => html`<button class="btn sm ${step === 'begin' ? '' : 'quiet'}" @click=${() => callStep(inquiry.id, step)}>${t(word)}</button>`;
  const since = { offered: call.offeredAt, opened: call.openedAt, talking: call.beganAt }[call.state];
  return html`<div class="callstrip ${call.state}" role="status">${icon('phone')}<div class="grow"><p><span class="strong">${t(`call.state.${call.state}`)}</span> <ts-clock plain class="num" .since=${since}></ts-clock></p>
      ${call.state === 'offered' ? html`<p class="meta">${t(call.by ? 'call.until' : 'call.until.bot', { time: clock(call.until) })}</p>` : nothing}</div>
    ${own && call.state !== 'talking' ? does('begin', 'call.begin') : nothing}
    ${own && call.state === 'offered' ? does('withdraw', 'call.withdraw') : nothing}
    ${own && call.state !== 'offered' ? html`<button id="call-end" class="btn sm" aria-haspopup="dialog" @click=${() => layer('call-end')}>${t('call.end')}</button>` : nothing}</div>`;
}

/** How a call went: a line of the chat that stands in the Case, too. */
export function callCard(message) {
  const { outcome, seconds } = message.call;
  return html`<div class="card">${icon('phone')}<div class="grow"><p class="strong">${t('call.ended', { outcome: outcomeWord(outcome) })}</p>
    ${message.text ? html`<p class="words">${message.text}</p>` : nothing}${seconds === null || seconds === undefined ? nothing : html`<p class="meta num">${span(seconds)}</p>`}</div></div>`;
}
