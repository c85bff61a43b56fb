import { html, nothing } from 'lit';
import { icon, face, hue } from './view.js';
import { Picker, plain } from './picker.js';
import { pages } from './sections.js';
import './popover.js';
import { state, layer } from '../core/state.js';
import { doable, keyName } from '../core/keys.js';
import { go, inquiryPath } from '../core/route.js';
import { mine } from '../core/workspace.js';
import { wallNow } from '../core/wall.js';
import { switchLanguage, switchTheme, theme } from '../core/settings.js';
import { signOut } from '../core/session.js';
import { lang, t } from '../core/words.js';

/** How many of a kind are shown at once: a few more letters find the others. */
const MOST = 7;

const person = (each, path, more) => ({ kind: 'inquiries', name: each.customer.name, more, hue: each.hue, number: `#${each.number}`, search: `${each.customer.name} ${each.topic ?? ''} ${each.number} ${each.caseNumber ?? ''}`, act: () => go(path) });

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

const acts = () => doable().map(({ word, picture, keys, act }) => ({ kind: 'acts', name: t(word), keys: keyName(keys), picture, search: t(word), act }));

function screens() {
  const page = (word, path, picture) => ({ kind: 'screens', name: t(word), picture, search: t(word), act: () => go(path) });
  const set = (word, picture, act) => ({ kind: 'screens', name: t(word), picture, search: t(word), act });
  return [
    page('rail.work', '/', 'chat'),
    ...(state.me.role === 'supervisor' ? [page('rail.watch', '/watch', 'eye')] : []),
    ...pages().map(([name, path, picture]) => page(`admin.${name}`, path, picture)),
    ...(['operator', 'supervisor'].includes(state.me.role) ? [set('hand-over', 'swap', () => layer('hand-over'))] : []),
    set('keys.title', 'keys', () => layer('keys')),
    set(theme() === 'dark' ? 'theme.light' : 'theme.dark', theme() === 'dark' ? 'sun' : 'moon', switchTheme),
    { kind: 'screens', name: lang() === 'ja' ? 'English' : '日本語', picture: 'globe', search: 'English 日本語', act: switchLanguage },
    set('sign-out', 'exit', signOut),
  ];
}

/** Everything by its words: a customer, an inquiry, an act, a screen. */
class Palette extends Picker {
  static topics = ['workspace', 'wall', 'inquiry'];

  get found() {
    const wanted = plain(this.query).split(/\s+/).filter(Boolean);
    const fits = (each) => wanted.every((word) => plain(each.search).includes(word));
    return [inquiries(), acts(), screens()].flatMap((all) => all.filter(fits).slice(0, MOST));
  }

  take(each) {
    layer(null);
    each.act();
  }

  #option(each, at) {
    return html`<div role="option" id="found-${at}" class="prow ${each.hue ? hue(each) : ''}" aria-selected=${at === this.at} @pointerdown=${(event) => event.preventDefault()} @click=${() => this.take(each)}>
      ${each.kind === 'inquiries' ? face(each.name, 'sm') : icon(each.picture)}<span class="clip">${each.name}</span><span class="meta clip end">${each.more ?? ''}</span>${each.number ? html`<span class="meta num">${each.number}</span>` : nothing}${each.keys ? html`<kbd>${each.keys}</kbd>` : nothing}</div>`;
  }

  render() {
    const { found } = this;
    const kinds = [...new Set(found.map((each) => each.kind))];
    return html`<ts-popover class="pop palette" label=${t('palette')}><div class="ph">${icon('search')}${this.field('found', t('palette.search'))}</div>
      <div id="founds" class="founds scroll" role="listbox" aria-label=${t('palette')}>${kinds.map((kind) => html`<div role="group" aria-label=${t(`palette.${kind}`)}><p class="meta" aria-hidden="true">${t(`palette.${kind}`)}</p>${found.map((each, at) => (each.kind === kind ? this.#option(each, at) : nothing))}</div>`)}</div>
      <p class="meta nothing" role="status">${found.length ? nothing : t('palette.none', { query: this.query.trim() })}</p>
      <div class="pf"><kbd>↑↓</kbd><span>${t('picker.choose')}</span><kbd>Enter</kbd><span>${t('palette.take')}</span><kbd>Esc</kbd><span>${t('close')}</span></div></ts-popover>`;
  }
}

customElements.define('ts-palette', Palette);
