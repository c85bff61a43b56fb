import { html, nothing } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { View, icon } from './view.js';
import { state } from '../core/state.js';
import { openFolder } from '../core/inquiries.js';
import { longDay, moment, now } from '../core/time.js';
import { has, t } from '../core/words.js';
import { authorOf } from './bubble.js';
import './history.js';
import './knowledge.js';

/** The newest notes; the others stand in the chat. */
const MOST_NOTES = 3;

const coded = (family, code) => (code && has(`${family}.${code}`) ? t(`${family}.${code}`) : code);

/** Right columns: who the customer is, the case, earlier inquiries, knowledge. Everything at once, no tabs. */
class Side extends View {
  static topics = ['place', 'inquiry', 'drawer'];

  #customer({ customer, identityUntil }) {
    return html`<section class="sec" aria-labelledby="h-customer"><div class="sh"><h2 id="h-customer">${t('customer')}</h2>
        ${customer.blocked ? html`<span class="chip bad">${t('customer.blocked')}</span>` : html`<span class="chip ok">${t('customer.friend')}</span>`}
        ${customer.contactUrl ? html`<a class="end ext" href=${customer.contactUrl} target="_blank" rel="noopener noreferrer"><span>${t('customer.contact')}</span>${icon('ext', 'sm')}</a>` : nothing}</div>
      <dl class="kv">
        <dt>${t('customer.line-name')}</dt><dd class="clip" title=${customer.lineName ?? ''}>${customer.lineName ?? '–'}</dd>
        <dt>${t('customer.language')}</dt><dd>${customer.language ? coded('language', customer.language) : '–'}</dd>
        ${identityUntil && Date.parse(identityUntil) > now() ? html`<dt>${t('identity')}</dt><dd><span class="chip warn">${t('identity.asked', { time: moment(identityUntil) })}</span></dd>` : nothing}
        <dt>${t('customer.followed')}</dt><dd class="num">${customer.followedAt ? longDay(customer.followedAt) : '–'}</dd>
      </dl></section>`;
  }

  #case(inquiry) {
    const found = inquiry.case;
    const away = state.workspace?.salesforce?.state === 'away';
    return html`<section class="sec" aria-labelledby="h-case"><div class="sh"><h2 id="h-case">${t('case')}</h2>
        ${found ? found.url ? html`<a class="ext num" href=${found.url} target="_blank" rel="noopener noreferrer">${found.number}${icon('ext', 'sm')}</a>` : html`<span class="num meta">${found.number}</span>` : nothing}
        <span class="end meta synced">${found?.syncedAt ? html`${icon('check', 'sm')}${t('case.synced', { time: moment(found.syncedAt) })}` : away ? t('case.later') : t('case.none')}</span></div>
      <dl class="kv">
        <dt>${t('case.number')}</dt><dd class="num">#${inquiry.number}</dd>
        <dt>${t('case.status')}</dt><dd>${[...new Set([coded('inquiry-state', inquiry.state), found?.status && coded('case-status', found.status), inquiry.priority != null && t('case.priority', { n: inquiry.priority })])].filter(Boolean).join(' · ')}</dd>
        ${found?.owner ? html`<dt>${t('case.owner')}</dt><dd class="clip" title=${found.owner}>${found.owner}</dd>` : nothing}
        <dt>${t('case.topic')}</dt><dd class="clip" title=${inquiry.topic ?? ''}>${[inquiry.topic, inquiry.team].filter(Boolean).join(' · ') || '–'}</dd>
        ${inquiry.handOff ? html`<dt>${t('case.why')}</dt><dd>${coded('handoff', inquiry.handOff.reason)}</dd>` : nothing}
        ${inquiry.holds?.length ? html`<dt>${t('case.holds')}</dt><dd><ul role="list" class="holds">${inquiry.holds.map((hold) => html`<li><span class="meta num">${moment(hold.from)}</span> ${hold.memo}</li>`)}</ul></dd>` : nothing}
        ${inquiry.sends ? html`<dt>${t('sends')}</dt><dd class="num">${t('sends.figures', inquiry.sends)}${inquiry.sends.unclear ? ` · ${t('sends.unclear', { n: inquiry.sends.unclear })}` : ''}</dd>` : nothing}
        ${inquiry.survey?.score ? html`<dt>${t('survey')}</dt><dd>${t('survey.score', { n: inquiry.survey.score })}${inquiry.survey.reason ? ` · ${t(`survey.reason.${inquiry.survey.reason}`)}` : ''}</dd>` : nothing}
      </dl></section>`;
  }

  /** What colleagues wrote down for each other in this inquiry, however far up it stands in the chat. */
  #notes(messages) {
    const notes = messages.filter((each) => each.from === 'note' && each.text).reverse();
    if (!notes.length) return nothing;
    return html`<section class="sec" id="side-notes" aria-labelledby="h-notes"><div class="sh"><h2 id="h-notes">${t('notes')}</h2><span class="meta num">${notes.length}</span></div>
      <ul role="list" class="sidenotes">${notes.slice(0, MOST_NOTES).map((each) => html`<li><p class="words">${each.text}</p><p class="num">${[authorOf(each), moment(each.at)].filter(Boolean).join(' ')}</p></li>`)}</ul></section>`;
  }

  #inSalesforce({ inSalesforce: found }) {
    if (!found || (!Object.keys(found.fields).length && !found.cases.length)) return nothing;
    const label = (name) => (has(`crm-field.${name}`) ? t(`crm-field.${name}`) : name.replaceAll('-', ' '));
    return html`<section class="sec" aria-labelledby="h-crm"><div class="sh"><h2 id="h-crm">${t('crm')}</h2><span class="end meta">${t('crm.at', { time: moment(found.at) })}</span></div>
      <dl class="kv">${Object.entries(found.fields).map(([name, value]) => html`<dt class="clip">${label(name)}</dt><dd class="clip" title=${value}>${value}</dd>`)}</dl>
      ${found.cases.length ? html`<ul class="tl" role="list" aria-label=${t('crm.cases')}>${found.cases.map((each) => html`<li class="row"><span class="meta num">${longDay(each.openedAt)}</span>
        ${each.url ? html`<a class="ext num" href=${each.url} target="_blank" rel="noopener noreferrer">${each.number}${icon('ext', 'sm')}</a>` : html`<span class="num">${each.number}</span>`}<span class="clip grow" title=${each.subject ?? ''}>${each.subject}</span><span class="meta">${coded('case-status', each.status)}</span></li>`)}</ul>` : nothing}</section>`;
  }

  render() {
    const inquiry = openFolder()?.inquiry;
    return html`<aside class="side" aria-label=${t('side.label')}>
      ${keyed(inquiry?.id, html`<div id="side-facts" class="facts-col scroll" tabindex="-1" role="group" aria-label=${t('side.facts')}>
        ${inquiry ? html`${this.#customer(inquiry)}${this.#case(inquiry)}<ts-history .customerId=${inquiry.customer.id} .current=${inquiry.id}></ts-history>${this.#notes(openFolder().messages)}${this.#inSalesforce(inquiry)}` : nothing}
      </div>`)}
      <div id="side-knowledge" class="know-col">${inquiry ? html`<ts-knowledge></ts-knowledge>` : nothing}</div>
    </aside>`;
  }
}

customElements.define('ts-side', Side);
