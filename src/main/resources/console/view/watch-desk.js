import { html, nothing } from 'lit';
import { View, icon } from './view.js';
import { replies, richText } from './bubble.js';
import { advise } from '../core/advice.js';
import { calledName, openFolder, refreshInquiry } from '../core/inquiries.js';
import { keyName } from '../core/shortcuts.js';
import { moment } from '../core/time.js';
import { approve, giveBack, ruleNames, waits } from '../core/approvals.js';
import { apart, spoken, together } from '../core/line-emoji.js';
import { t } from '../core/words.js';

/** A text with the places marked for which it waits. */
function marked(text, found) {
  const parts = [];
  let rest = text;
  while (rest) {
    const [at, place] = found.map((each) => [rest.indexOf(each), each]).filter(([where]) => where >= 0).sort(([one, a], [other, b]) => one - other || b.length - a.length)[0] ?? [rest.length, ''];
    parts.push(rest.slice(0, at), place ? html`<mark>${place}</mark>` : '');
    rest = rest.slice(at + place.length);
  }
  return parts;
}

const NOT_APPROVED = ['decided', 'draft-changed', 'blocked', 'standby', 'card-number', 'sensitive-words', 'other-customer', 'own-words', 'too-long', 'empty', 'offline'];

/** A draft that waits for a supervisor: send it, send other words, or give it back with a note. */
class ApprovalDesk extends View {
  static topics = ['inquiry'];
  static properties = { inquiry: { attribute: false }, draft: { attribute: false } };
  #mode = null;
  #words = '';
  #error = null;
  #busy = false;

  willUpdate(changes) {
    // Another request begins afresh.
    if (changes.has('inquiry') && changes.get('inquiry') && changes.get('inquiry').approval?.id !== this.inquiry.approval.id) this.#mode = this.#error = null;
  }

  #open(mode) {
    this.#mode = mode;
    this.#error = null;
    this.#words = mode === 'edit' ? together(this.draft.text, this.draft.emojis) : '';
    this.requestUpdate();
    this.updateComplete.then(() => this.querySelector('textarea')?.focus());
  }

  async #do() {
    const { id } = this.inquiry;
    const words = this.#words.trim();
    if (this.#busy || !this.draft || (this.#mode && !words)) return;
    this.#busy = true;
    this.#error = null;
    this.requestUpdate();
    try {
      if (this.#mode === 'return') await giveBack(id, words);
      else await approve(id, this.#mode === 'edit' ? apart(this.#words) : null);
      this.#mode = null;
    } catch (error) {
      this.#error = `approval.not.${NOT_APPROVED.includes(error.code) ? error.code : 'failed'}`;
      if (['decided', 'draft-changed'].includes(error.code)) refreshInquiry(id);
    } finally {
      this.#busy = false;
      this.requestUpdate();
    }
  }

  #keys(event) {
    if (event.isComposing) return;
    const sends = event.key === 'Enter' && (event.ctrlKey || event.metaKey);
    if (!sends && event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    if (sends) this.#do();
    else this.#open(null);
  }

  render() {
    const { inquiry, draft } = this;
    const { approval } = inquiry;
    const name = calledName(inquiry.customer);
    const stopped = this.#busy || !draft || (this.#mode && !this.#words.trim());
    const word = this.#mode === 'return' ? t('approval.return.do') : this.#mode === 'edit' ? t('approval.edit.do', { name }) : t('approval.approve', { name });
    return html`<section class="approval" aria-label=${t('approval.waiting')} @keydown=${this.#keys}>
      <p class="row"><span class="chip warn">${t('approval.needed', { names: ruleNames(approval.names) })}</span><span class="meta end">${t('approval.asked', { by: approval.by, time: moment(approval.at) })}</span></p>
      ${this.#mode === 'edit' ? nothing : html`<p class="livedraft words" tabindex="0" role="group" aria-label=${t('watch.draft', { owner: approval.by })}>${marked(spoken(together(draft?.text ?? '', draft?.emojis)), approval.found)}${draft?.sticker ? html` <span class="chip tiny">${t('type.sticker')}</span>` : nothing}${draft?.image ? html` <span class="chip tiny">${t(`type.${draft.image.kind ?? 'image'}`)}</span>` : nothing}${draft?.card ? html` <span class="chip tiny">${draft.card.name} ${marked(Object.values(draft.card.values ?? {}).join(' · '), approval.found)}</span>` : nothing}</p>`}
      ${draft && this.#mode !== 'edit' ? replies(draft) : nothing}
      ${this.#mode ? html`<textarea class="area" rows="3" maxlength=${this.#mode === 'edit' ? 25000 : 2000} aria-label=${t(`approval.${this.#mode}.label`)} placeholder=${t(`approval.${this.#mode}.label`)} .value=${this.#words} @input=${(event) => ((this.#words = event.target.value), this.requestUpdate())}></textarea>` : nothing}
      ${this.#error ? html`<p class="fielderror" role="alert">${icon('alert', 'sm')}<span>${t(this.#error)}</span></p>` : nothing}
      <div class="row"><button id="approve" class="btn primary lg" aria-disabled=${stopped} @click=${() => this.#do()}>${icon(this.#mode === 'return' ? 'reply' : 'check')}<span class="clip">${word}</span>${this.#mode ? html`<kbd>${keyName('Ctrl Enter')}</kbd>` : nothing}</button>
        ${this.#mode ? html`<button class="btn lg" @click=${() => this.#open(null)}>${t('cancel')}</button>` : html`<button class="btn lg" @click=${() => this.#open('edit')}>${icon('note')}<span>${t('approval.edit')}</span></button><button class="btn lg quiet" @click=${() => this.#open('return')}>${icon('reply')}<span>${t('approval.return')}</span></button>`}</div>
    </section>`;
  }
}

/** What a supervisor sees and does in place of a draft of their own: the operator's draft as it is written, and advice. */
class WatchDesk extends View {
  static topics = ['place', 'inquiry'];
  #words = '';
  #error = null;
  #busy = false;

  async #submit(event) {
    event?.preventDefault();
    const { id } = openFolder();
    if (this.#busy || !this.#words.trim()) return;
    this.#busy = true;
    this.#error = null;
    try {
      await advise(id, this.#words.trim());
      this.#words = '';
    } catch (error) {
      this.#error = `act.${['wrong-state', 'offline'].includes(error.code) ? error.code : 'failed'}`;
    } finally {
      this.#busy = false;
      this.requestUpdate();
    }
  }

  #keys(event) {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    this.#submit();
  }

  render() {
    const folder = openFolder();
    const inquiry = folder?.inquiry;
    if (!inquiry) return nothing;
    const draft = folder.watched;
    const given = inquiry.advice.slice(-3);
    return html`<div class="watchdesk">
      ${inquiry.help ? html`<p class="helpline">${icon('hand', 'sm')}<span><b class="strong">${t('help.asked', { owner: inquiry.owner?.displayName ?? '' })}</b> ${inquiry.help.words}</span></p>` : nothing}
      ${waits(inquiry) ? html`<ts-approval-desk .inquiry=${inquiry} .draft=${draft}></ts-approval-desk>` : html`<div class="livedraft"><p class="meta row">${t('watch.draft', { owner: inquiry.owner?.displayName ?? '' })}<span class="chip outlined end">${t('watch.not-sent')}</span></p><p id="watched" class="words" tabindex="0" role="group" aria-label=${t('watch.draft', { owner: inquiry.owner?.displayName ?? '' })}>${(draft?.text && richText(draft.text, draft.emojis)) || (draft?.sticker || draft?.image ? nothing : html`<span class="meta">${t('preview.empty')}</span>`)}</p>
        ${draft?.sticker || draft?.image ? html`<p class="row">${draft.sticker ? html`<span class="chip tiny">${t('type.sticker')}</span>` : nothing}${draft.image ? html`<span class="chip tiny">${t('type.image')}</span>` : nothing}</p>` : nothing}${draft ? replies(draft) : nothing}</div>`}
      ${given.length ? html`<ul class="given" role="list">${given.map((each) => html`<li><span class="clip grow">${each.words}</span><span class="chip tiny ${each.outcome === 'REFUSED' ? 'warn' : ''}">${t(`advice.outcome.${each.outcome}`)}</span><span class="meta num">${moment(each.at)}</span></li>`)}</ul>` : nothing}
      <form class="row" @submit=${this.#submit} @keydown=${this.#keys}><textarea id="advice-words" class="area grow" rows="2" maxlength="2000" aria-label=${t('advice.label')} placeholder=${t('advice.label')} .value=${this.#words} @input=${(event) => ((this.#words = event.target.value), this.requestUpdate())}></textarea>
        <button class="btn primary lg" aria-disabled=${this.#busy || !this.#words.trim()}><span>${t('advice.give')}</span><kbd>${keyName('Ctrl Enter')}</kbd></button></form>
      ${this.#error ? html`<p class="fielderror" role="alert">${icon('alert', 'sm')}<span>${t(this.#error)}</span></p>` : nothing}
    </div>`;
  }
}

customElements.define('ts-watch-desk', WatchDesk);
customElements.define('ts-approval-desk', ApprovalDesk);
