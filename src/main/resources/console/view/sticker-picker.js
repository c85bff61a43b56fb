import { html, nothing } from 'lit';
import { View, icon } from './view.js';
import { plain } from './picker.js';
import './popover.js';
import { layer } from '../core/state.js';
import { write } from '../core/drafts.js';
import { loadStickers, stickers } from '../core/stickers.js';
import { tab } from '../core/keys.js';
import { t } from '../core/words.js';
import { stickerArt, stickerWords } from './sticker.js';

const COLUMNS = 4;

/** Finds a sticker by its keywords; it goes into the draft, sending is another act. */
class StickerPicker extends View {
  static topics = ['draft'];
  static properties = { inquiryId: { attribute: false } };
  #query = '';
  #at = 0;

  connectedCallback() {
    super.connectedCallback();
    loadStickers();
  }

  get #found() {
    const wanted = plain(this.#query.trim());
    return (stickers() ?? []).filter((each) => !wanted || [...each.keywords, ...(each.keywordsEn ?? [])].some((word) => plain(word).includes(wanted)));
  }

  #search(event) {
    this.#query = event.target.value;
    this.#at = 0;
    this.requestUpdate();
  }

  #key(event) {
    if (event.isComposing || event.keyCode === 229) return;
    const found = this.#found;
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
    const sideways = event.key === 'ArrowRight' || event.key === 'ArrowLeft';
    if (event.key === 'Enter') {
      event.preventDefault();
      if (found[this.#at]) this.#take(found[this.#at]);
    } else if (by && !(sideways && this.#query)) {
      event.preventDefault();
      this.#at = Math.max(0, Math.min(found.length - 1, this.#at + by));
      this.requestUpdate();
      this.updateComplete.then(() => this.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' }));
    }
  }

  #take({ packageId, stickerId }) {
    write(this.inquiryId, { sticker: { packageId, stickerId } });
    layer(null);
    tab('draft');
  }

  render() {
    const found = this.#found;
    return html`<ts-popover class="pop picker" label=${t('sticker')}>
      <div class="ph">${icon('search', 'sm')}<input class="bare grow" autofocus role="combobox" aria-expanded="true" aria-controls="stickers" aria-autocomplete="list"
          aria-activedescendant=${found.length ? `sticker-${this.#at}` : nothing} aria-label=${t('sticker.search')} placeholder=${t('sticker.search')} .value=${this.#query} @input=${this.#search} @keydown=${this.#key}>
        <span class="meta">${t('sticker.sendable')}</span></div>
      <div id="stickers" class="stickers scroll" role="listbox" aria-label=${t('sticker')}>
        ${found.map((each, at) => html`<div role="option" id="sticker-${at}" aria-selected=${at === this.#at} aria-label=${stickerWords(each).slice(0, 3).join(' ')} @click=${() => this.#take(each)}>${stickerArt(each.stickerId, [...each.keywords, ...(each.keywordsEn ?? [])], 'stk small')}<span class="clip">${stickerWords(each)[0] ?? each.stickerId}</span></div>`)}
      </div>
      ${stickers() && !found.length ? html`<p class="meta nothing">${t('sticker.none', { words: this.#query })}</p>` : nothing}
      <div class="pf"><kbd>Enter</kbd><span>${t('sticker.put')}</span></div>
    </ts-popover>`;
  }
}

customElements.define('ts-sticker-picker', StickerPicker);
