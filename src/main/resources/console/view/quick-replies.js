import { html, nothing } from 'lit';
import { View, icon } from './view.js';
import { draftOf, write } from '../core/drafts.js';
import { leaveQuickReplies, quickShown } from '../core/quick.js';
import { t } from '../core/words.js';

/** LINE's limits: chips under a message, letters of one. */
const MOST = 13;
const LONGEST = 20;
const letters = new Intl.Segmenter('ja', { granularity: 'grapheme' });

/** What the customer can tap instead of typing, edited under the draft as LINE shows it. */
class QuickReplies extends View {
  static topics = ['draft', 'place'];
  static properties = { inquiryId: { attribute: false } };
  #tooLong = false;

  #set(labels) {
    this.#tooLong = false;
    write(this.inquiryId, { quickReplies: labels });
  }

  #key(event, labels) {
    if (event.isComposing || event.keyCode === 229) return;
    const { value } = event.target;
    if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      if (value.trim()) this.#add(event.target, labels);
      else leaveQuickReplies();
    } else if (event.key === 'Backspace' && !value && !event.altKey && labels.length) {
      event.preventDefault();
      this.#set(labels.slice(0, -1));
    } else if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      leaveQuickReplies();
    }
  }

  #add(field, labels) {
    const label = field.value.trim();
    if (!label || labels.includes(label)) return;
    if ([...letters.segment(label)].length > LONGEST) {
      this.#tooLong = true;
      this.requestUpdate();
      return;
    }
    field.value = '';
    this.#set([...labels, label]);
  }

  render() {
    const labels = draftOf(this.inquiryId).quickReplies;
    if (!labels.length && !quickShown(this.inquiryId)) return nothing;
    return html`<div class="quick" role="group" aria-label=${t('quick')}>
      ${labels.map((label, at) => html`<span class="chip reply"><span class="clip">${label}</span><button aria-label=${t('quick.remove', { label })} title=${t('quick.remove', { label })} @click=${() => this.#set(labels.filter((each, i) => i !== at))}>${icon('x', 'xs')}</button></span>`)}
      ${labels.length < MOST ? html`<input id="quick-add" class="bare" autocomplete="off" aria-label=${t('quick.add')} placeholder=${t('quick.add')} @keydown=${(event) => this.#key(event, labels)} @blur=${(event) => this.#add(event.target, labels)}>` : html`<span class="meta">${t('quick.full', { n: MOST })}</span>`}
      ${this.#tooLong ? html`<p class="fielderror" role="alert">${icon('alert', 'sm')}<span>${t('quick.long', { n: LONGEST })}</span></p>` : nothing}</div>`;
  }
}

customElements.define('ts-quick-replies', QuickReplies);
