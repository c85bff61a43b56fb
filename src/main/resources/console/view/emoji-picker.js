import { html, nothing } from 'lit';
import { icon } from './view.js';
import { Picker, plain } from './picker.js';
import './popover.js';
import { emojiArt } from './emoji.js';
import { layer, state, trouble } from '../core/state.js';
import { NAMED, SETS, emojisOf, emojiWord, signOf } from '../core/line-emoji.js';
import { typeIntoDraft } from '../core/insert.js';
import { lang, t } from '../core/words.js';

/** Every phone's own, once they were looked at; null before. */
let unicode = null;

async function fetchUnicode() {
  const { EMOJI } = await import('../core/emoji.js');
  unicode = EMOJI.map(([sign, words]) => ({ sign, words, says: `${sign} ${words.split(' ')[0]}`, art: sign }));
}

/** Puts an emoji at the caret: one every phone draws in its own way, or one of LINE's. */
class EmojiPicker extends Picker {
  static properties = { inquiryId: { attribute: false } };
  /** Whether LINE's are shown, and of which set; without one those that have words. */
  line = false;
  set = '';

  connectedCallback() {
    super.connectedCallback();
    if (!unicode) fetchUnicode().then(() => this.requestUpdate(), () => trouble(t('trouble.screen')));
  }

  get columns() {
    return this.line ? 5 : 10;
  }

  get #all() {
    if (!this.line) return unicode ?? [];
    const shown = this.set ? emojisOf(this.set) : NAMED;
    return shown.map((each) => ({ sign: signOf(each), words: `${each.ja ?? ''} ${each.en ?? ''} ${each.emojiId}`, says: emojiWord(each), art: emojiArt(each) }));
  }

  get ready() {
    return this.line || unicode !== null;
  }

  get found() {
    const wanted = plain(this.query.trim());
    return this.#all.filter(({ words }) => !wanted || plain(words).includes(wanted));
  }

  take({ sign }) {
    layer(null);
    typeIntoDraft(this.inquiryId, sign);
  }

  #show(change) {
    Object.assign(this, change, { at: 0 });
    this.requestUpdate();
    this.updateComplete.then(() => this.querySelector('input')?.focus());
  }

  #kind(line, word) {
    return html`<button class="btn sm ${this.line === line ? '' : 'quiet'}" aria-pressed=${this.line === line} @click=${() => this.#show({ line })}>${t(word)}</button>`;
  }

  /** Whole sets have no words: they are there to choose from where LINE's pictures show what they are. */
  #sets() {
    return html`<select class="sets" aria-label=${t('emoji.set')} .value=${this.set} @change=${({ target }) => this.#show({ set: target.value })}>
      <option value="">${t('emoji.set.named')}</option>${SETS.map(([id, many], at) => html`<option value=${id}>${t('emoji.set.number', { number: at + 1, many })}</option>`)}</select>`;
  }

  render() {
    const { found } = this;
    return html`<ts-popover class="pop picker" label=${t('emoji')}>
      <div class="ph">${icon('search', 'sm')}${this.field('emoji', t('emoji.search'))}</div>
      <div class="kinds" role="group" aria-label=${t('emoji.kind')}>${this.#kind(false, 'emoji.unicode')}${this.#kind(true, 'emoji.line')}${this.line && state.me?.stickerPictures ? this.#sets() : nothing}</div>
      <div id="emojis" class="emojis ${this.line ? 'ofline' : ''} scroll" role="listbox" lang=${lang()} aria-label=${t(this.line ? 'emoji.line' : 'emoji.unicode')}>${found.map((each, at) => html`<div role="option" id="emoji-${at}" aria-selected=${at === this.at} aria-label=${each.says} @click=${() => this.take(each)}>${each.art}${this.line ? html`<span class="clip">${each.says}</span>` : nothing}</div>`)}</div>
      ${found.length || !this.ready ? nothing : html`<p class="meta nothing">${t('emoji.none', { words: this.query })}</p>`}
      <div class="pf"><kbd>Enter</kbd><span>${t('picker.insert')}</span></div></ts-popover>`;
  }
}

customElements.define('ts-emoji-picker', EmojiPicker);
