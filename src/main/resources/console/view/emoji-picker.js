import { html, nothing } from 'lit';
import { icon } from './view.js';
import { Picker, plain } from './picker.js';
import './popover.js';
import { layer } from '../core/state.js';
import { EMOJI } from '../core/emoji.js';
import { insertIntoDraft } from '../core/insert.js';
import { t } from '../core/words.js';

/** Puts an emoji at the caret. */
class EmojiPicker extends Picker {
  static properties = { inquiryId: { attribute: false } };

  get columns() {
    return 10;
  }

  get found() {
    const wanted = plain(this.query.trim());
    return EMOJI.filter(([, words]) => !wanted || plain(words).includes(wanted));
  }

  take([emoji]) {
    layer(null);
    insertIntoDraft(this.inquiryId, emoji);
  }

  render() {
    const { found } = this;
    return html`<ts-popover class="pop picker" label=${t('emoji')}>
      <div class="ph">${icon('search', 'sm')}${this.field('emoji', t('emoji.search'))}</div>
      <div id="emojis" class="emojis scroll" role="listbox" aria-label=${t('emoji')}>${found.map((each, at) => html`<div role="option" id="emoji-${at}" aria-selected=${at === this.at} aria-label="${each[0]} ${each[1].split(' ')[0]}" @click=${() => this.take(each)}>${each[0]}</div>`)}</div>
      ${found.length ? nothing : html`<p class="meta nothing">${t('emoji.none', { words: this.query })}</p>`}
      <div class="pf"><kbd>Enter</kbd><span>${t('picker.insert')}</span></div></ts-popover>`;
  }
}

customElements.define('ts-emoji-picker', EmojiPicker);
