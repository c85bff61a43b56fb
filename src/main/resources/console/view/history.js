import { html, nothing } from 'lit';
import { View, icon } from './view.js';
import { state } from '../core/state.js';
import { get } from '../core/http.js';
import { keyOf } from '../core/shortcuts.js';
import { clock, longDay, shortDay } from '../core/time.js';
import { has, t } from '../core/words.js';

/** The customer's earlier inquiries; one opens in place, without leaving the chat. */
class History extends View {
  static topics = [];
  static properties = { customerId: { attribute: false }, current: { attribute: false } };
  #rows = null;
  #failed = null;
  #wanted = '';
  #search = false;
  #later = null;
  #open = null;
  #messages = new Map();

  willUpdate(changes) {
    if (!changes.has('customerId') && !changes.has('current')) return;
    if (changes.has('customerId')) {
      this.#rows = null;
      this.#wanted = '';
      this.#search = false;
    }
    this.#open = null;
    this.#load();
  }

  async #load() {
    const { customerId } = this;
    const wanted = this.#wanted;
    this.#failed = null;
    try {
      const rows = await get(`/customers/${customerId}/inquiries${wanted ? `?q=${encodeURIComponent(wanted)}` : ''}`);
      if (this.customerId === customerId && this.#wanted === wanted) this.#rows = rows;
    } catch (error) {
      this.#failed = error;
    }
    this.requestUpdate();
    if (this.#search) this.#show();
  }

  /** Brings the search and what it found into view; this element itself has no box. */
  async #show() {
    await this.updateComplete;
    this.querySelector('#side-history').scrollIntoView({ block: 'start' });
  }

  /** Opens the search, or ends it: then every inquiry stands there again. */
  async #toggleSearch() {
    this.#search = !this.#search;
    this.requestUpdate();
    if (!this.#search && this.#wanted) {
      this.#wanted = '';
      this.#load();
    }
    await this.updateComplete;
    this.querySelector('#history-search')?.focus();
    if (this.#search) this.#show();
  }

  /** Looks once typing pauses. */
  #typed({ target }) {
    this.#wanted = target.value.trim();
    clearTimeout(this.#later);
    this.#later = setTimeout(() => this.#load(), 300);
  }

  async #toggle(id) {
    this.#open = this.#open === id ? null : id;
    this.requestUpdate();
    if (!this.#open || this.#messages.has(id)) return;
    try {
      const { messages } = await get(`/inquiries/${id}/messages?since=0`);
      this.#messages.set(id, messages.filter((each) => each.type !== 'event'));
    } catch (error) {
      this.#messages.set(id, error);
    }
    this.requestUpdate();
    // A failed look is asked again when it is opened again.
    if (this.#messages.get(id) instanceof Error) setTimeout(() => this.#messages.delete(id));
  }

  #who(message) {
    if (message.from === 'customer') return t('customer');
    if (message.from === 'bot') return t('message.bot');
    if (message.from === 'note') return t('note');
    return message.author === state.me.name ? state.me.displayName : (message.author ?? t('message.us'));
  }

  #words(message) {
    if (message.unsent) return t('message.unsent');
    return message.text ?? t(`type.${has(`type.${message.type}`) ? message.type : 'unknown'}`);
  }

  #transcript(id) {
    const found = this.#messages.get(id);
    if (!found) return html`<p class="mini meta">${t('loading')}</p>`;
    if (found instanceof Error) return html`<p class="mini">${t('history.failed')}</p>`;
    return html`<div class="mini scroll" tabindex="0" role="group" aria-label=${t('history.messages')}>${found.map((message) => html`<p title=${clock(message.at)}><b>${this.#who(message)}</b> <span class="words">${this.#words(message)}</span></p>`)}</div>`;
  }

  #result(row) {
    if (row.surveyScore) return t('survey.score', { n: row.surveyScore });
    if (row.state !== 'CLOSED') return t(`inquiry-state.${row.state}`);
    return row.handledBy === 'bot' || !row.handledBy ? t('message.bot') : row.handledBy;
  }

  #row(row) {
    const open = this.#open === row.id;
    return html`<li class=${open ? 'open' : ''}><button class="hrow" aria-expanded=${open} @click=${() => this.#toggle(row.id)} title="#${row.number} · ${longDay(row.openedAt)} · ${row.preview ?? row.topic ?? ''}">
        <span class="meta num narrow">${shortDay(row.openedAt)}</span><span class="meta num broad">${longDay(row.openedAt)}</span><span class="clip">${row.preview ?? row.topic ?? `#${row.number}`}</span><span class="meta">${this.#result(row)}</span></button>
      ${open ? this.#transcript(row.id) : nothing}</li>`;
  }

  render() {
    const searching = this.#wanted !== '';
    const rows = this.#rows?.filter((each) => searching || each.id !== this.current);
    return html`<section class="sec" id="side-history" tabindex="-1" aria-labelledby="h-history"><div class="sh"><h2 id="h-history">${t('history')}</h2>${rows ? html`<span class="meta num">${rows.length}</span>` : nothing}<span class="end row">${rows?.length || this.#search ? html`<button class="btn sm icon quiet" aria-expanded=${this.#search} aria-label=${t('history.search')} title=${t('history.search')} @click=${this.#toggleSearch}>${icon(this.#search ? 'x' : 'search', 'sm')}</button>` : nothing}<span aria-hidden="true"><kbd>${keyOf('move.history')}</kbd></span></span></div>
      ${this.#failed ? html`<p class="row"><span class="meta grow">${t('history.failed')}</span><button class="btn sm" @click=${this.#load}>${icon('refresh', 'sm')}${t('again')}</button></p>` : nothing}
      ${this.#search ? html`<div class="searchbox">${icon('search', 'sm')}<input id="history-search" class="field" type="search" autocomplete="off" spellcheck="false" maxlength="100" aria-label=${t('history.search')} placeholder=${t('history.search')} @input=${this.#typed}></div>` : nothing}
      ${rows && !rows.length ? html`<p class="meta" role="status">${searching ? t('history.not-found', { words: this.#wanted }) : t('history.none')}</p>` : nothing}
      ${rows ? html`<ul class="tl" role="list">${rows.map((row) => this.#row(row))}</ul>` : nothing}
    </section>`;
  }
}

customElements.define('ts-history', History);
