import { html, nothing } from 'lit';
import { face } from './view.js';
import { Picker, plain } from './picker.js';
import { state, layer } from '../core/state.js';
import { draftOf } from '../core/drafts.js';
import { colleagues, refreshColleagues } from '../core/colleagues.js';
import { insertIntoNote } from '../core/insert.js';
import { t } from '../core/words.js';

/** The name that is being typed behind an @ in the note, up to the caret, or null. */
export function typedMention(id) {
  const field = document.getElementById('note-text');
  if (!field) return null;
  const at = field.selectionStart;
  const found = /(?:^|[\s\p{P}])([@＠]([^\s@＠]{0,20}))$/u.exec(draftOf(id).note.slice(0, at));
  return found && { query: found[2], from: at - found[1].length, to: at };
}

/** Colleagues whose name fits what is typed behind an @; the caret stays in the note. */
class MentionPicker extends Picker {
  static topics = ['colleagues', 'draft'];
  static properties = { inquiryId: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    // Without an answer the note is written without help; the name typed by hand counts the same.
    refreshColleagues().catch(() => layer(null));
    this.field_ = document.getElementById('note-text');
    this.field_?.addEventListener('keydown', this.#inNote, true);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.field_?.removeEventListener('keydown', this.#inNote, true);
    for (const name of ['aria-controls', 'aria-activedescendant']) this.field_?.removeAttribute(name);
  }

  get found() {
    const wanted = plain(typedMention(this.inquiryId)?.query ?? '');
    return colleagues().filter((each) => each.id !== state.me.id && plain(`${each.displayName} ${each.name}`).includes(wanted));
  }

  willUpdate() {
    this.at = Math.min(this.at, Math.max(0, this.found.length - 1));
  }

  updated() {
    super.updated();
    this.field_?.setAttribute('aria-controls', 'mentions');
    if (this.found.length) this.field_?.setAttribute('aria-activedescendant', `mention-${this.at}`);
    else this.field_?.removeAttribute('aria-activedescendant');
  }

  #inNote = (event) => {
    if (event.isComposing || event.keyCode === 229 || event.altKey || event.ctrlKey || event.metaKey) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const { found } = this;
    if (!found.length || (!by && event.key !== 'Tab') || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (by) this.choose(Math.max(0, Math.min(found.length - 1, this.at + by)));
    else this.take(found[this.at]);
  };

  take(person) {
    const typed = typedMention(this.inquiryId);
    layer(null);
    if (typed) insertIntoNote(this.inquiryId, `@${person.displayName} `, [typed.from, typed.to]);
  }

  render() {
    const { found } = this;
    if (!found.length) return nothing;
    return html`<div class="pop picker mention" role="group" aria-label=${t('mention')}>
      <div id="mentions" class="options scroll" role="listbox" aria-label=${t('mention')}>${found.map((each, at) => html`<div role="option" id="mention-${at}" class="orow" aria-selected=${at === this.at}
        @pointerdown=${(event) => event.preventDefault()} @click=${() => this.take(each)}>${face(each.displayName, 'sm')}<span class="grow clip">${each.displayName}</span><span class="meta">${each.team}</span></div>`)}</div>
      <div class="pf"><kbd>↑↓</kbd><span>${t('picker.choose')}</span><kbd>Tab</kbd><span>${t('picker.insert')}</span></div></div>`;
  }
}

customElements.define('ts-mention-picker', MentionPicker);
