import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { View, icon, face, hue } from './view.js';
import { forbidden } from './sections.js';
import { handles, state } from '../core/state.js';
import { get } from '../core/http.js';
import { colleagues, refreshColleagues, teams } from '../core/colleagues.js';
import { foundPath, go } from '../core/route.js';
import { moment } from '../core/time.js';
import { has, t } from '../core/words.js';

const AFTER = 300;

/** What a report's figure asks for and no field of this page does: shown as chips that can be taken away. */
const CHIPS = ['topic', 'language', 'by', 'answer', 'score', 'hour'];

const asked = () => new URLSearchParams(state.place.query);

/** Inquiries of any age by number, name and what is known of them. The address holds what is asked for, so that it can be kept and passed on. */
class Find extends View {
  static topics = ['place', 'me', 'colleagues'];
  #found = null;
  #next = null;
  #failed = null;
  #busy = false;
  #turn = 0;
  #shown = null;
  #timer = null;

  connectedCallback() {
    super.connectedCallback();
    refreshColleagues().catch(() => this.requestUpdate());
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  firstUpdated() {
    this.querySelector('#find-words')?.focus();
  }

  willUpdate() {
    if (state.place.page === 'find' && this.#shown !== state.place.query) {
      this.#shown = state.place.query;
      this.#load();
    }
  }

  async #load(after = null) {
    if (!this.#allowed) return;
    const query = asked();
    if (after) query.set('after', after);
    const turn = ++this.#turn;
    this.#busy = true;
    try {
      const part = await get(`/find?${query}`);
      if (turn !== this.#turn) return;
      this.#found = after ? [...this.#found, ...part.inquiries] : part.inquiries;
      this.#next = part.next;
      this.#failed = null;
    } catch (error) {
      if (turn !== this.#turn || error.status === 401) return;
      this.#failed = error;
    }
    this.#busy = false;
    this.requestUpdate();
  }

  get #allowed() {
    return handles(state.me);
  }

  #set(name, value) {
    const query = asked();
    if (value) query.set(name, value);
    else query.delete(name);
    const words = query.toString();
    go(`/find${words ? `?${words}` : ''}`, { replace: true });
  }

  /** Looks once typing pauses, and never for half a composed word. */
  #typed(event) {
    clearTimeout(this.#timer);
    if (event.isComposing) return;
    const { value } = event.target;
    this.#timer = setTimeout(() => this.#set('q', value.trim()), AFTER);
  }

  #select(name, all, options) {
    const here = asked().get(name) ?? '';
    return html`<label class="sr" for="find-${name}">${t(`find.${name}`)}</label><select id="find-${name}" class="field pick" @change=${(event) => this.#set(name, event.target.value)}>
      <option value="" ?selected=${!here}>${t(all)}</option>${options.map(([value, words]) => html`<option value=${value} ?selected=${value === here}>${words}</option>`)}</select>`;
  }

  #day(name) {
    return html`<label class="sr" for="find-${name}">${t(`find.${name}`)}</label><input id="find-${name}" class="field day" type="date" .value=${asked().get(name) ?? ''} @change=${(event) => this.#set(name, event.target.value)}>`;
  }

  #chip(name, value) {
    const key = `find.${name}.${value}`;
    const words = has(key) ? t(key) : name === 'language' && has(`language.${value}`) ? t(`language.${value}`) : has(`find.${name}.n`) ? t(`find.${name}.n`, { n: Number(value) }) : value;
    return html`<button class="chip outlined gone" @click=${() => this.#set(name, '')} aria-label=${t('find.without', { words })}><span class="clip">${words}</span>${icon('x', 'xs')}</button>`;
  }

  #bar() {
    const query = asked();
    const known = colleagues();
    return html`<form class="row findbar" role="search" aria-label=${t('find')} @submit=${(event) => (event.preventDefault(), clearTimeout(this.#timer), this.#set('q', this.querySelector('#find-words').value.trim()))}>
      <div class="searchbox grow">${icon('search', 'sm')}<input id="find-words" class="field" type="search" autocomplete="off" spellcheck="false" maxlength="100" aria-label=${t('find.words')} placeholder=${t('find.words')} .value=${query.get('q') ?? ''} @input=${this.#typed} @compositionend=${this.#typed}></div>
      ${this.#select('state', 'find.any-state', [['open', t('find.open')], ['closed', t('find.closed')]])}
      ${this.#select('team', 'find.any-team', teams().map(({ team }) => [team, team]))}
      ${state.me.role === 'supervisor' ? this.#select('operator', 'find.any-operator', known.map((each) => [each.id, each.displayName])) : nothing}
      ${this.#day('from')}<span aria-hidden="true">–</span>${this.#day('until')}
    </form>
    ${CHIPS.some((name) => query.get(name)) ? html`<p class="row chips">${CHIPS.filter((name) => query.get(name)).map((name) => this.#chip(name, query.get(name)))}</p>` : nothing}`;
  }

  #result(each) {
    if (each.state !== 'CLOSED') return t(`inquiry-state.${each.state}`);
    return each.closeReason && has(`close.${each.closeReason}`) ? t(`close.${each.closeReason}`) : t('inquiry-state.CLOSED');
  }

  #row(each) {
    const path = foundPath(each);
    const name = each.customer ?? t('customer');
    return html`<tr @click=${(event) => event.target.closest('a') || go(path)}>
      <th scope="row"><span class="row ${hue(each)}">${face(name, 'sm')}<a class="clip strong" href=${path} title=${name}>${name}</a></span></th>
      <td class="num">#${each.number}</td><td class="clip" title=${each.topic ?? ''}>${each.topic ?? '–'}</td><td class="clip wide" title=${each.team ?? ''}>${each.team ?? '–'}</td><td class="clip">${each.owner ?? (each.closeReason === 'solved-by-bot' || each.state === 'BOT' ? t('message.bot') : '–')}</td>
      <td class="clip">${this.#result(each)}</td><td class="num wide">${each.caseNumber ?? '–'}</td><td class="num">${moment(each.openedAt)}</td><td class="num wide">${each.closedAt ? moment(each.closedAt) : '–'}</td><td class="num figure">${each.score ?? '–'}</td></tr>`;
  }

  #outcome() {
    if (this.#failed) return html`<p class="row none"><span class="grow">${t('find.failed')}${this.#failed.id ? ` ${t('trouble.id', { id: this.#failed.id })}` : ''}</span><button class="btn sm" @click=${() => this.#load()}>${icon('refresh', 'sm')}${t('again')}</button></p>`;
    if (this.#found?.length) return nothing;
    const words = asked().get('q');
    return this.#found ? html`<div class="none"><p>${words ? t('find.none-named', { words }) : t('find.none')}</p><p class="meta">${t('find.none.more')}</p></div>` : nothing;
  }

  render() {
    if (!this.#allowed) return forbidden('find.forbidden');
    const found = this.#found ?? [];
    const heads = [['customer', ''], ['number', ''], ['topic', ''], ['team', 'wide'], ['owner', ''], ['state', ''], ['case', 'wide'], ['opened', ''], ['ended', 'wide'], ['score', 'figure']];
    return html`<main id="main" class="admin find" tabindex="-1"><section class="table" aria-labelledby="h-find"><div class="ahead"><h1 id="h-find">${t('find')}</h1>${this.#bar()}
        <p class="meta" role="status">${this.#found && !this.#failed ? t(this.#next ? 'find.first' : 'find.count', { n: found.length }) : ''}</p></div>
      <div class="scroll tbox" tabindex="0" role="group" aria-label=${t('find')} aria-busy=${this.#busy}>
        ${found.length ? html`<table><thead><tr>${heads.map(([head, kind]) => html`<th scope="col" class=${kind}>${t(`find.${head}`)}</th>`)}</tr></thead><tbody>${repeat(found, (each) => each.id, (each) => this.#row(each))}</tbody></table>` : nothing}
        ${this.#outcome()}
        ${this.#next && !this.#failed ? html`<p class="none"><button class="btn" aria-disabled=${this.#busy} @click=${() => this.#busy || this.#load(this.#next)}>${t('find.more')}</button></p>` : nothing}</div></section></main>`;
  }
}

customElements.define('ts-find', Find);
