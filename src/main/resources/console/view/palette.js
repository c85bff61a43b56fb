import { html, nothing } from 'lit';
import { icon, face, hue } from './view.js';
import { Picker, plain } from './picker.js';
import { pages } from './sections.js';
import './popover.js';
import { handles, state, layer } from '../core/state.js';
import { doable } from '../core/keys.js';
import { get } from '../core/http.js';
import { foundPath, go, inquiryPath } from '../core/route.js';
import { mine } from '../core/workspace.js';
import { wallNow } from '../core/wall.js';
import { switchLanguage, switchTheme, theme } from '../core/settings.js';
import { signOut } from '../core/session.js';
import { longDay } from '../core/time.js';
import { lang, t } from '../core/words.js';

/** How many of a kind are shown at once: a few more letters find the others. */
const MOST = 7;

/** The hub is asked once typing pauses, and not for a single letter. */
const AFTER = 250;
const SHORTEST = 2;

const person = (each, path, more) => ({ kind: 'inquiries', id: each.id, name: each.customer.name, more, hue: each.hue, number: `#${each.number}`, search: `${each.customer.name} ${each.topic ?? ''} ${each.number} ${each.caseNumber ?? ''}`, act: () => go(path) });

/** Open inquiries one may read: one's own, and for supervisors those that wait or that the wall shows. */
function inquiries() {
  const own = mine().map((each) => person(each, inquiryPath(each.id), each.topic ?? t(`inquiry-state.${each.state}`)));
  if (state.me.role !== 'supervisor') return own;
  const known = new Set(mine().map((each) => each.id));
  const looked = (wallNow()?.look ?? []).filter((each) => each.customer && !known.has(each.id)).map((each) => ({ ...each, customer: { name: each.customer } }));
  looked.forEach((each) => known.add(each.id));
  const waiting = (state.workspace?.waiting ?? []).filter((each) => !known.has(each.id));
  return [...own, ...looked.map((each) => person(each, `/watch/${each.id}`, each.owner ?? t(`inquiry-state.${each.state}`))), ...waiting.map((each) => person(each, inquiryPath(each.id), each.topic ?? t('list.waiting')))];
}

const acts = () => doable().map(({ word, picture, keys, act }) => ({ kind: 'acts', name: t(word), keys, picture, search: t(word), act }));

function screens() {
  const page = (word, path, picture) => ({ kind: 'screens', name: t(word), picture, search: t(word), act: () => go(path) });
  const set = (word, picture, act) => ({ kind: 'screens', name: t(word), picture, search: t(word), act });
  return [
    page('rail.work', '/', 'chat'),
    ...(state.me.role === 'supervisor' ? [page('rail.watch', '/watch', 'eye')] : []),
    ...(handles(state.me) ? [page('find', '/find', 'search')] : []),
    ...(state.me.role === 'supervisor' ? [page('reports', '/reports', 'chart')] : []),
    ...pages().map(([name, path, picture]) => page(`admin.${name}`, path, picture)),
    ...(handles(state.me) ? [set('hand-over', 'swap', () => layer('hand-over'))] : []),
    set('keys.title', 'keys', () => layer('keys')),
    set(theme() === 'dark' ? 'theme.light' : 'theme.dark', theme() === 'dark' ? 'sun' : 'moon', switchTheme),
    { kind: 'screens', name: lang() === 'ja' ? 'English' : '日本語', picture: 'globe', search: 'English 日本語', act: switchLanguage },
    set('sign-out', 'exit', signOut),
  ];
}

/** Inquiries that stand in no list of this screen, closed ones above all, as the hub found them. */
function elsewhere({ inquiries: all, next }, query, known) {
  const rows = all
    .filter((each) => !known.has(each.id))
    .map((each) => ({
      kind: 'found',
      name: each.customer ?? t('customer'),
      more: [each.topic, each.state === 'CLOSED' ? longDay(each.closedAt) : (each.owner ?? t(`inquiry-state.${each.state}`))].filter(Boolean).join(' · '),
      hue: each.hue,
      number: `#${each.number}`,
      act: () => go(foundPath(each)),
    }));
  const rest = { kind: 'found', name: t('palette.all', { query }), picture: 'search', act: () => go(`/find?q=${encodeURIComponent(query)}`) };
  return rows.length > MOST || next ? [...rows.slice(0, MOST), rest] : rows;
}

/** Everything by its words: a customer, an inquiry, an act, a screen. */
class Palette extends Picker {
  static topics = ['workspace', 'wall', 'inquiry'];

  /** What the hub found for the words in the field; null while it has not answered. */
  #told = null;
  #timer = null;

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  search(event) {
    super.search(event);
    clearTimeout(this.#timer);
    this.#told = null;
    if (this.#asks) this.#timer = setTimeout(() => this.#ask(), AFTER);
  }

  get #asks() {
    return this.query.trim().length >= SHORTEST && handles(state.me);
  }

  async #ask() {
    const query = this.query.trim();
    let told;
    try {
      told = await get(`/find?q=${encodeURIComponent(query)}`);
    } catch (error) {
      if (error.status === 401) return;
      told = { inquiries: [], next: null, failed: true };
    }
    if (query !== this.query.trim()) return;
    this.#told = told;
    this.requestUpdate();
  }

  get found() {
    const wanted = plain(this.query).split(/\s+/).filter(Boolean);
    const fits = (each) => wanted.every((word) => plain(each.search).includes(word));
    const own = inquiries();
    const here = [own, acts(), screens()].flatMap((all) => all.filter(fits).slice(0, MOST));
    // Last, so that what is chosen stays chosen when the hub answers.
    return this.#told ? [...here, ...elsewhere(this.#told, this.query.trim(), new Set(own.map((each) => each.id)))] : here;
  }

  take(each) {
    layer(null);
    each.act();
  }

  #option(each, at) {
    return html`<div role="option" id="found-${at}" class="prow ${each.hue ? hue(each) : ''}" aria-selected=${at === this.at} @pointerdown=${(event) => event.preventDefault()} @click=${() => this.take(each)}>
      ${each.picture ? icon(each.picture) : face(each.name, 'sm')}<span class="clip">${each.name}</span><span class="meta clip end">${each.more ?? ''}</span>${each.number ? html`<span class="meta num">${each.number}</span>` : nothing}${each.keys ? html`<kbd>${each.keys}</kbd>` : nothing}</div>`;
  }

  render() {
    const { found } = this;
    const kinds = [...new Set(found.map((each) => each.kind))];
    return html`<ts-popover class="pop palette" label=${t('palette')}><div class="ph">${icon('search')}${this.field('found', t('palette.search'))}</div>
      <div id="founds" class="founds scroll" role="listbox" aria-label=${t('palette')}>${kinds.map((kind) => html`<div role="group" aria-label=${t(`palette.${kind}`)}><p class="meta" aria-hidden="true">${t(`palette.${kind}`)}</p>${found.map((each, at) => (each.kind === kind ? this.#option(each, at) : nothing))}</div>`)}</div>
      <p class="meta nothing" role="status">${this.#told?.failed ? t('palette.failed') : found.length ? nothing : this.#asks && !this.#told ? t('palette.asking') : t('palette.none', { query: this.query.trim() })}</p>
      <div class="pf"><kbd>↑↓</kbd><span>${t('picker.choose')}</span><kbd>Enter</kbd><span>${t('palette.take')}</span><kbd>Esc</kbd><span>${t('close')}</span></div></ts-popover>`;
  }
}

customElements.define('ts-palette', Palette);
