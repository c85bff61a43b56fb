import { html, nothing } from 'lit';
import { icon } from './view.js';
import { Picker, plain } from './picker.js';
import './popover.js';
import { state, layer } from '../core/state.js';
import { cannedFor, countUse, fill, loadCanned, openPlace, typedShortcut } from '../core/canned.js';
import { insertIntoDraft } from '../core/insert.js';
import { t, has } from '../core/words.js';

/** Words with the places that nobody can fill in marked. */
function marked(text) {
  const place = openPlace(text);
  return place ? html`${text.slice(0, place.from)}<mark>${place.words}</mark>${marked(text.slice(place.to))}` : text;
}

/**
 * The canned answers of the inquiry's language and team. Opened by its button it has a search field; opened by a slash
 * in the draft, what is typed there is the search and the caret stays where it is.
 */
class CannedPicker extends Picker {
  static topics = ['canned', 'draft'];
  static properties = { inquiry: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    loadCanned(this.inquiry);
    this.field_ = document.getElementById('draft-text');
    if (this.typed) this.field_?.addEventListener('keydown', this.#inDraft, true);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.field_?.removeEventListener('keydown', this.#inDraft, true);
    for (const name of ['aria-controls', 'aria-activedescendant']) this.field_?.removeAttribute(name);
  }

  get typed() {
    return Boolean(state.layer?.detail?.typed);
  }

  get ready() {
    return cannedFor(this.inquiry) !== null;
  }

  get found() {
    const wanted = plain((this.typed ? (typedShortcut(this.inquiry.id)?.query ?? '') : this.query).trim().replace(/^[/／]/, ''));
    const rank = (each) => (plain(each.shortcut).startsWith(wanted) ? 0 : 1);
    return (cannedFor(this.inquiry) ?? [])
      .filter((each) => !wanted || plain(`${each.shortcut} ${each.title} ${each.reading} ${each.body}`).includes(wanted))
      .sort((a, b) => rank(a) - rank(b));
  }

  willUpdate() {
    if (this.typed) {
      const query = typedShortcut(this.inquiry.id)?.query;
      if (query !== this.before) this.at = 0;
      this.before = query;
    }
  }

  updated() {
    super.updated();
    if (!this.typed) return;
    this.field_?.setAttribute('aria-controls', 'canneds');
    if (this.found.length) this.field_?.setAttribute('aria-activedescendant', `canned-${this.at}`);
    else this.field_?.removeAttribute('aria-activedescendant');
  }

  /** Keys in the draft while the list is open: the arrows choose, Tab takes; Enter stays a new line. */
  #inDraft = (event) => {
    if (event.isComposing || event.keyCode === 229 || event.altKey || event.ctrlKey || event.metaKey) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const { found } = this;
    if (!found.length || (!by && event.key !== 'Tab') || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (by) this.choose(Math.max(0, Math.min(found.length - 1, this.at + by)));
    else this.take(found[this.at]);
  };

  take(answer) {
    const { id } = this.inquiry;
    const typed = this.typed ? typedShortcut(id) : null;
    layer(null);
    insertIntoDraft(id, fill(answer.body, this.inquiry), typed && [typed.from, typed.to]);
    countUse(answer, id);
  }

  #option(each, at) {
    return html`<div role="option" id="canned-${at}" class="crow" aria-selected=${at === this.at} @pointerdown=${(event) => event.preventDefault()} @click=${() => this.take(each)}>
      <span class="mono clip">/${each.shortcut}</span><span class="clip">${each.title}</span><span class="num meta">${each.uses}</span></div>`;
  }

  render() {
    const all = cannedFor(this.inquiry);
    const { found } = this;
    const language = this.inquiry.language ?? this.inquiry.customer.language;
    const where = [this.inquiry.team, has(`language.${language}`) ? t(`language.${language}`) : language].filter(Boolean).join(' · ');
    const chosen = found[this.at];
    const inner = html`<div class="ph">${icon('slash', 'sm')}${this.typed ? html`<span class="grow clip">${t('canned')} · ${where}</span>` : this.field('canned', t('canned.search'))}<span class="meta">${this.typed ? t('canned.most-used') : where}</span></div>
      <div id="canneds" class="canneds scroll" role="listbox" aria-label=${t('canned')}>${found.map((each, at) => this.#option(each, at))}</div>
      ${all && !found.length ? html`<p class="meta nothing">${all.length ? t('canned.none') : t('canned.empty')}</p>` : nothing}
      ${chosen ? html`<p class="cpreview" lang=${chosen.language}>${marked(fill(chosen.body, this.inquiry))}</p>` : nothing}
      <div class="pf"><kbd>↑↓</kbd><span>${t('picker.choose')}</span><kbd>${this.typed ? 'Tab' : 'Enter'}</kbd><span>${t('picker.insert')}</span><kbd>Esc</kbd><span>${t('close')}</span></div>`;
    return this.typed ? html`<div class="pop picker canned" role="group" aria-label=${t('canned')}>${inner}</div>` : html`<ts-popover class="pop picker canned" label=${t('canned')}>${inner}</ts-popover>`;
  }
}

customElements.define('ts-canned-picker', CannedPicker);
