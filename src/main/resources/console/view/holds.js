import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { icon } from './view.js';
import { Records } from './records.js';
import { forbidden, sections } from './sections.js';
import { state } from '../core/state.js';
import { get, post } from '../core/http.js';
import { moment } from '../core/time.js';
import { lang, t } from '../core/words.js';

const SCOPES = ['INQUIRY', 'CUSTOMER', 'ACCOUNT'];
const FRESH = { scope: 'INQUIRY', number: '', account: '', reason: '' };

const figure = (n) => new Intl.NumberFormat(lang()).format(n);

/** What must not be deleted although its time is over: who holds it and why, beside what the purge would remove, and removed. */
class Holds extends Records {
  static topics = ['me', 'words'];
  #all = null;
  #accounts = [];
  #chosen = null;
  form = FRESH;

  connectedCallback() {
    super.connectedCallback();
    this.#load();
  }

  get #may() {
    return ['supervisor', 'admin'].includes(state.me.role);
  }

  async #load() {
    if (!this.#may) return;
    try {
      [this.#all, this.#accounts] = await Promise.all([get('/admin/holds'), get('/admin/accounts')]);
    } catch (error) {
      if (error.status !== 401) this.say('bad', t('holds.trouble'), error);
    }
    this.requestUpdate();
  }

  #choose(hold) {
    this.#chosen = hold;
    this.form = FRESH;
    this.said = null;
    this.requestUpdate();
  }

  #change(done, change) {
    this.act(
      async () => {
        const { id } = await change();
        await this.#load();
        this.#choose(this.#all.holds.find((each) => each.id === id) ?? null);
        this.say('ok', t(done));
      },
      (error) => {
        const words = { 'second-person': 'holds.second-person', hold: 'holds.refused' }[error.code];
        return words ? [t(words)] : [t('holds.not-done'), error];
      },
    );
  }

  #place(event) {
    event.preventDefault();
    const { scope, number, account, reason } = this.form;
    const subject = scope === 'ACCOUNT' ? { account } : { number: Number(number.normalize('NFKC').replace(/[^0-9]/g, '')) };
    this.#change('holds.placed', () => post('/admin/holds', { scope, reason, ...subject }));
  }

  #lift(event) {
    event.preventDefault();
    this.#change('holds.lifted', () => post(`/admin/holds/${this.#chosen.id}/lift`, { reason: this.form.reason }));
  }

  #subject({ scope, number, account }) {
    return t(`holds.of.${scope}`, { number: number ?? '–', account: this.#accounts.find((each) => each.account === account)?.name ?? account });
  }

  #row(hold) {
    const here = hold.id === this.#chosen?.id;
    return html`<tr aria-selected=${here} @click=${() => this.#choose(hold)}>
      <td class="clip" title=${this.#subject(hold)}><button class="plainbtn clip" aria-pressed=${here}>${this.#subject(hold)}</button></td><td class="clip" title=${hold.reason}>${hold.reason}</td>
      <td class="clip" title=${hold.setByName ?? hold.setBy}>${hold.setByName ?? hold.setBy}</td><td class="num">${moment(hold.setAt)}</td>
      <td><span class="row tight"><span class="dot ${hold.liftedAt ? 'off' : 'warn'}"></span>${t(hold.liftedAt ? 'holds.state.lifted' : 'holds.state.holds')}</span></td></tr>`;
  }

  #reason(label, text) {
    return html`<label for="hold-reason">${t(label)}</label><textarea id="hold-reason" class="area" maxlength="2000" required .value=${this.form.reason} @input=${(event) => this.edit('reason', event.target.value)}></textarea><p class="meta read">${t(text)}</p>`;
  }

  #fresh() {
    const { scope, number, account } = this.form;
    return html`<form class="aform" @submit=${this.#place} novalidate><h2>${t('holds.place')}</h2>
      <label for="hold-scope">${t('holds.scope')}</label><select id="hold-scope" class="field" @change=${(event) => this.edit('scope', event.target.value)}>${SCOPES.map((each) => html`<option value=${each} ?selected=${each === scope}>${t(`holds.scope.${each}`)}</option>`)}</select>
      ${scope === 'ACCOUNT'
        ? html`<label for="hold-account">${t('holds.account')}</label><select id="hold-account" class="field" @change=${(event) => this.edit('account', event.target.value)}><option value="" ?selected=${!account}>${t('holds.account.choose')}</option>${this.#accounts.map((each) => html`<option value=${each.account} ?selected=${each.account === account}>${each.name}</option>`)}</select>`
        : html`<label for="hold-number">${t(scope === 'CUSTOMER' ? 'holds.number.customer' : 'holds.number')}</label><input id="hold-number" class="field num" inputmode="numeric" maxlength="12" autocomplete="off" required .value=${number} @input=${(event) => this.edit('number', event.target.value)}>`}
      ${this.#reason('holds.reason', 'holds.place.text')}
      <div class="row foot"><button class="btn primary lg" aria-disabled=${this.busy}>${t('holds.place.do')}</button></div></form>`;
  }

  #detail() {
    const hold = this.#chosen;
    if (!hold) return this.#fresh();
    const line = (word, value, number = false) => html`<dt>${t(word)}</dt><dd class=${number ? 'num' : ''}>${value}</dd>`;
    return html`<h2>${this.#subject(hold)}</h2>
      <dl class="kv">${line('holds.set-by', hold.setByName ?? hold.setBy)}${line('holds.set-at', moment(hold.setAt), true)}
        ${hold.liftedAt ? html`${line('holds.lifted-by', hold.liftedByName)}${line('holds.lifted-at', moment(hold.liftedAt), true)}` : nothing}</dl>
      <div class="cardbox"><h3>${t('holds.reason')}</h3><p class="words">${hold.reason}</p></div>
      ${hold.liftReason ? html`<div class="cardbox"><h3>${t('holds.lift.reason')}</h3><p class="words">${hold.liftReason}</p></div>` : nothing}
      ${hold.liftedAt ? nothing : hold.setBy === state.me.id ? html`<p class="meta read">${t('holds.second-person')}</p>` : html`<form class="aform" @submit=${this.#lift} novalidate>${this.#reason('holds.lift.reason', 'holds.lift.text')}
        <div class="row foot"><button class="btn primary lg" aria-disabled=${this.busy}>${t('holds.lift.do')}</button></div></form>`}`;
  }

  #plan() {
    const { rules, certificates } = this.#all;
    const head = (words) => html`<thead><tr>${words.map(([word, right]) => html`<th scope="col" class=${right ? 'figure' : ''}>${t(`holds.${word}`)}</th>`)}</tr></thead>`;
    return html`<section class="below" aria-labelledby="h-plan"><h2 id="h-plan">${t('holds.plan')}</h2><p class="meta read">${t('holds.plan.text')}</p>
        <table id="plan">${head([['rule'], ['due', true], ['held', true]])}<tbody>${rules.map((rule) => html`<tr><td class="clip" title=${rule.says}><span class="mono">${rule.id}</span> <span class="meta">${rule.says}</span></td><td class="num figure">${figure(rule.due)}</td><td class="num figure">${figure(rule.held)}</td></tr>`)}</tbody></table></section>
      <section class="below" aria-labelledby="h-runs"><h2 id="h-runs">${t('holds.runs')}</h2><p class="meta read">${t('holds.runs.text')}</p>
        ${certificates.length ? html`<table id="runs">${head([['run'], ['purged', true], ['held', true]])}<tbody>${certificates.map((run) => html`<tr><td class="num">${t('holds.run.at', { position: run.position, time: moment(run.closedAt) })}</td><td class="num figure">${figure(run.purged)}</td><td class="num figure">${figure(run.held)}</td></tr>`)}</tbody></table>` : html`<p class="meta">${t('holds.runs.none')}</p>`}</section>`;
  }

  render() {
    if (!this.#may) return forbidden('holds.forbidden');
    return html`<main id="main" class="admin holds" tabindex="-1">
      <section class="table" aria-labelledby="h-holds"><div class="ahead">${sections('holds')}<h1 id="h-holds">${t('admin.holds')}</h1><p class="body">${t('holds.text')}</p>
          <div class="row"><button class="btn" @click=${() => (this.#choose(null), this.updateComplete.then(() => this.querySelector('#hold-scope').focus()))}>${icon('plus')}${t('holds.new')}</button></div>
          ${this.saying()}</div>
        <div class="scroll tbox" tabindex="0" role="group" aria-label=${t('admin.holds')}>
          <table id="holds"><thead><tr>${['what', 'reason', 'set-by', 'set-at', 'state'].map((head) => html`<th scope="col">${t(`holds.${head}`)}</th>`)}</tr></thead>
            <tbody>${repeat(this.#all?.holds ?? [], (hold) => hold.id, (hold) => this.#row(hold))}</tbody></table>
          ${this.#all && !this.#all.holds.length ? html`<p class="none meta">${t('holds.none')}</p>` : nothing}
          ${this.#all ? this.#plan() : nothing}</div>
      </section>
      <aside class="adetail" aria-label=${t('holds.detail')}>${this.#detail()}</aside></main>`;
  }
}

customElements.define('ts-holds', Holds);
