import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { View, icon } from './view.js';
import { forbidden, sections } from './sections.js';
import { state } from '../core/state.js';
import { get, post } from '../core/http.js';
import { moment } from '../core/time.js';
import { has, lang, t } from '../core/words.js';

const LOOK_AGAIN = 15_000;
const TONES = { none: 'ok', unread: 'warn', forecast: 'warn', reserve: 'bad', spent: 'bad' };

const count = (n) => new Intl.NumberFormat(lang()).format(n);

/** The LINE accounts: what each may still send this month, and who has spent what. */
class Accounts extends View {
  static topics = ['me', 'words'];
  #all = null;
  #chosen = null;
  #said = null;
  #busy = false;

  connectedCallback() {
    super.connectedCallback();
    this.#load();
    this.timer = setInterval(() => this.#load(), LOOK_AGAIN);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  async #load() {
    if (state.me.role === 'operator') return;
    try {
      this.#all = await get('/admin/accounts');
      this.#said = null;
    } catch (error) {
      if (error.status === 401 || error.code === 'offline') return;
      this.#said = `${t('trouble.accounts')}${error.id ? ` ${t('trouble.id', { id: error.id })}` : ''}`;
    }
    this.requestUpdate();
  }

  async #test(each) {
    if (this.#busy) return;
    this.#busy = true;
    this.requestUpdate();
    try {
      this.#all = await post(`/admin/accounts/${encodeURIComponent(each.account)}/webhook-test`);
      this.#said = null;
    } catch (error) {
      this.#said = `${t('accounts.not-tested')}${error.id ? ` ${t('trouble.id', { id: error.id })}` : ''}`;
    } finally {
      this.#busy = false;
      this.requestUpdate();
    }
  }

  /** What LINE said of the webhook, and what to do about it. */
  #webhook({ webhook }) {
    if (!webhook.outcome) return html`<p class="meta">${t('webhook.untested')}</p>`;
    const key = has(`webhook.${webhook.outcome}`) ? `webhook.${webhook.outcome}` : 'webhook.unknown';
    return html`<p class="said ${webhook.outcome === 'ok' ? 'ok' : 'bad'} words">${t(key, { endpoint: webhook.endpoint, wanted: webhook.wanted, reason: webhook.reason })}</p>
      <p class="meta num">${moment(webhook.at)}</p>`;
  }

  #choose(each) {
    this.#chosen = each.account;
    this.requestUpdate();
  }

  #row(each, here) {
    const paid = each.sends.reduce((sum, share) => sum + share.paid, 0);
    const free = each.sends.reduce((sum, share) => sum + share.free, 0);
    return html`<tr aria-selected=${here} @click=${() => this.#choose(each)}>
      <td class="clip" title=${each.name}><button class="plainbtn" aria-pressed=${here}>${each.name}</button></td>
      <td><span class="chip ${TONES[each.alert]}">${t(`accounts.alert.${each.alert}`)}</span></td>
      <td class="num figure">${count(each.used)}</td><td class="num figure">${each.allowed == null ? t(each.readAt ? 'accounts.unlimited' : 'accounts.unknown') : count(each.allowed)}</td>
      <td class="num figure">${count(each.forecast)}</td><td class="num figure">${count(free)}</td><td class="num figure">${count(paid)}</td></tr>`;
  }

  #detail(each) {
    if (!each) return nothing;
    return html`<h2 class="clip">${each.name}</h2><p class="meta mono">${each.account}</p>
      ${each.suspendedSince ? html`<p class="said bad">${t('accounts.suspended', { time: moment(each.suspendedSince) })}</p>` : nothing}
      <dl class="kv"><dt>${t('accounts.language')}</dt><dd>${has(`language.${each.language}`) ? t(`language.${each.language}`) : each.language} · ${each.zone}</dd>
        <dt>${t('accounts.token')}</dt><dd>${t(`accounts.token.${each.tokenKind}`)}${each.tokenEnd ? html` <span class="meta num">${t('accounts.token.until', { time: moment(each.tokenEnd) })}</span>` : nothing}</dd>
        <dt>${t('accounts.groups')}</dt><dd>${t(`accounts.groups.${each.groups}`)}</dd>
        <dt>${t('accounts.read-mark')}</dt><dd>${t(`accounts.read-mark.${each.markAsRead}`)}</dd>
        <dt>${t('accounts.month')}</dt><dd class="num">${each.month}</dd>
        <dt>${t('accounts.reserved')}</dt><dd class="num">${each.allowed == null ? '–' : count(each.reserved)}</dd>
        <dt>${t('accounts.read')}</dt><dd class="num">${each.readAt ? moment(each.readAt) : t('accounts.not-read')}</dd></dl>
      <h3>${t('webhook')}</h3>${this.#webhook(each)}
      <div class="row"><button class="btn" aria-disabled=${this.#busy} @click=${() => this.#test(each)}>${icon('refresh')}${t('webhook.test')}</button></div>
      ${has(`accounts.alert.${each.alert}.long`) ? html`<h3>${t('accounts.quota')}</h3><div class="cardbox"><p class="words">${t(`accounts.alert.${each.alert}.long`)}</p></div>` : nothing}
      <h3>${t('accounts.sends')}</h3>
      <table class="small"><thead><tr><th scope="col">${t('accounts.by')}</th>${['free', 'paid', 'unclear'].map((head) => html`<th scope="col" class="figure">${t(`accounts.${head}`)}</th>`)}</tr></thead>
        <tbody>${each.sends.map((share) => html`<tr><td>${t(`accounts.by.${share.origin}`)}</td><td class="num figure">${count(share.free)}</td><td class="num figure">${count(share.paid)}</td><td class="num figure">${count(share.unclear)}</td></tr>`)}</tbody></table>
      ${each.sends.length ? nothing : html`<p class="meta">${t('accounts.nothing-sent')}</p>`}
      <p class="meta read">${t('accounts.counting')}</p>`;
  }

  render() {
    if (state.me.role === 'operator') return forbidden('failed.forbidden');
    const all = this.#all ?? [];
    const chosen = all.find((each) => each.account === this.#chosen) ?? all[0] ?? null;
    return html`<main id="main" class="admin accounts" tabindex="-1">
      <section class="table" aria-labelledby="h-accounts"><div class="ahead">${sections('accounts')}<h1 id="h-accounts">${t('admin.accounts')}</h1><p class="body">${t('accounts.text')}</p>
          <div class="row"><button class="btn end" @click=${() => this.#load()}>${icon('refresh')}${t('failed.look')}</button></div>
          <p role="status" class=${this.#said ? 'said bad' : 'sr'}>${this.#said ?? ''}</p></div>
        <div class="scroll tbox" tabindex="0" role="group" aria-label=${t('admin.accounts')}>
          <table><thead><tr>${['name', 'state', 'used', 'allowed', 'forecast', 'free', 'paid'].map((head, i) => html`<th scope="col" class=${i > 1 ? 'figure' : ''}>${t(`accounts.${head}`)}</th>`)}</tr></thead>
            <tbody>${repeat(all, (each) => each.account, (each) => this.#row(each, each === chosen))}</tbody></table></div>
      </section>
      <aside class="adetail" aria-label=${t('accounts.detail')}>${this.#detail(chosen)}</aside></main>`;
  }
}

customElements.define('ts-accounts', Accounts);
