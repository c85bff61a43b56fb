import { html, nothing } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { live } from 'lit/directives/live.js';
import { View, icon, face, when } from './view.js';
import { state, layer } from '../core/state.js';
import { openFolder, calledName } from '../core/inquiries.js';
import { draftOf, keepMine, LIMIT, saveDraft, takeRival, write, writeNote } from '../core/drafts.js';
import { addNote, dropGuard, dropWaiting, guardOf, isSending, send, waitsForLine } from '../core/sending.js';
import { stickerOf } from '../core/stickers.js';
import { focus, keyName, tab } from '../core/keys.js';
import { clock } from '../core/time.js';
import { t } from '../core/words.js';
import { chosenSticker } from './sticker.js';
import { guardStrip, rivalStrip, stateStrip } from './strips.js';
import './cost.js';
import './sticker-picker.js';

const TABS = ['draft', 'note', 'preview'];

/** Where the answer is written, and below it, apart from it, where it is sent. */
class Desk extends View {
  static topics = ['place', 'inquiry', 'draft', 'layer', 'feed'];
  static properties = { perform: { attribute: false } };

  updated() {
    const guard = guardOf(state.place.id);
    if (guard && guard !== this.guard) requestAnimationFrame(() => focus('#guard-back'));
    this.guard = guard;
  }

  #typed(id, event) {
    write(id, { text: event.target.value });
    this.#caret(id, event);
  }

  #caret(id, { target }) {
    draftOf(id).caret = [target.selectionStart, target.selectionEnd];
  }

  /** A new field takes the caret where it was left. */
  #focused(id, { target }) {
    const { caret } = draftOf(id);
    if (caret && target.selectionStart === target.value.length) target.setSelectionRange(...caret);
  }

  #key(id, event) {
    if (event.isComposing || event.keyCode === 229 || event.target.closest('ts-popover')) return;
    if ((event.ctrlKey || event.metaKey) && event.key === 'Enter') {
      event.preventDefault();
      if (state.tab === 'note') addNote(id);
      else if (!guardOf(id)) send(id);
    } else if (event.key === 'Escape' && guardOf(id) && !state.layer) {
      event.preventDefault();
      event.stopPropagation();
      this.#back(id);
    }
  }

  #back(id) {
    dropGuard(id);
    tab('draft');
  }

  #tabs(own) {
    const at = state.tab ?? 'draft';
    const move = (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      const names = own ? TABS : ['note'];
      const next = names[(names.indexOf(at) + by + names.length) % names.length];
      state.tab = next;
      this.requestUpdate();
      this.updateComplete.then(() => focus(`#tab-${next}`));
    };
    const one = (name) => html`<button role="tab" id="tab-${name}" aria-selected=${at === name} aria-controls="desk-panel" tabindex=${at === name ? 0 : -1} @click=${() => tab(name)}>${t(`desk.${name}`)}</button>`;
    return html`<div class="tabs" role="tablist" aria-label=${t('desk.tabs')} @keydown=${move}>${own ? TABS.map(one) : one('note')}</div>`;
  }

  #saved(draft) {
    if (draft.rival) return t('draft.rival');
    if (draft.local) return t('draft.local');
    if (draft.dirty || draft.saving) return t('draft.saving');
    return draft.savedAt && !draft.empty ? t('draft.saved', { time: clock(draft.savedAt) }) : '';
  }

  #writing(inquiry, draft) {
    const { id } = inquiry;
    const called = calledName(inquiry.customer);
    return html`${keyed(`draft-${id}`, html`<textarea id="draft-text" class="dt" spellcheck="false" aria-label=${t('draft.label', { name: called })} placeholder=${t('draft.placeholder', { name: called })}
        lang=${inquiry.customer.language ?? nothing} aria-describedby="draft-count" .value=${live(draft.text)}
        @input=${(event) => this.#typed(id, event)} @keyup=${(event) => this.#caret(id, event)} @click=${(event) => this.#caret(id, event)} @focus=${(event) => this.#focused(id, event)} @blur=${() => saveDraft(id)}></textarea>`)}
      ${draft.sticker ? html`<div class="chosen">${chosenSticker(draft.sticker, stickerOf(draft.sticker))}<button class="btn sm icon quiet" aria-label=${t('sticker.remove')} title=${t('sticker.remove')} @click=${() => write(id, { sticker: null })}>${icon('x', 'sm')}</button></div>` : nothing}
      <div class="tools">
        <button class="btn quiet" aria-haspopup="dialog" aria-expanded=${state.layer?.name === 'stickers'} title="${t('sticker')} (${keyName('Alt S')})" @click=${() => layer(state.layer?.name === 'stickers' ? null : 'stickers')}>${icon('sticker')}<span>${t('sticker')}</span></button>
        <button class="btn quiet" title="${t('knowledge')} (${keyName('Alt K')})" @click=${this.#toKnowledge}>${icon('book')}<span>${t('knowledge')}</span></button>
        <span class="end hint">${t('draft.enter')}</span>
      </div>`;
  }

  #toKnowledge() {
    state.drawer = true;
    document.querySelector('ts-app').requestUpdate();
    requestAnimationFrame(() => focus('#knowledge-search'));
  }

  #noting(id, draft) {
    return html`${keyed(`note-${id}`, html`<textarea id="note-text" class="dt" spellcheck="false" aria-label=${t('note.label')} placeholder=${t('note.placeholder')} .value=${live(draft.note)} @input=${(event) => writeNote(id, event.target.value)}></textarea>`)}
      <div class="tools"><span class="hint lock">${icon('lock', 'sm')}${t('note.private')}</span><span class="end hint">${t('draft.enter')}</span></div>`;
  }

  #preview(draft) {
    if (draft.empty) return html`<div class="dt preview"><p class="meta">${t('preview.empty')}</p></div>`;
    return html`<div class="dt preview scroll" tabindex="0">
      ${draft.text.trim() ? html`<div class="b operator"><div class="words">${draft.text}</div></div>` : nothing}
      ${chosenSticker(draft.sticker, stickerOf(draft.sticker))}</div>`;
  }

  #sendBar(inquiry, draft) {
    const { id } = inquiry;
    const waits = waitsForLine(id);
    const offline = state.feed.state === 'offline';
    const stopped = draft.empty || draft.text.length > LIMIT || isSending(id);
    const label = offline || waits ? t('send.when-back') : isSending(id) ? t('send.busy') : t('send.to', { name: calledName(inquiry.customer) });
    return html`<div class="sendbar">
      <span class="cost">${icon('timer', 'sm')}<ts-cost .until=${inquiry.freeReplyUntil}></ts-cost></span>
      ${waits ? html`<button class="btn quiet end" @click=${() => dropWaiting(id)}>${t('send.not-yet')}</button>` : nothing}
      <button id="send" class="btn primary sendbtn ${waits ? '' : 'end'} ${offline || waits ? 'later' : ''}" aria-disabled=${stopped || waits} @click=${() => !stopped && !waits && send(id)}>
        ${face(inquiry.customer.name, 'sm')}<span class="clip">${label}</span><kbd>${keyName('Ctrl Enter')}</kbd></button>
    </div>`;
  }

  #noteBar(id, draft) {
    return html`<div class="sendbar"><span class="cost">${icon('lock', 'sm')}<span>${t('note.who')}</span></span>
      <button class="btn lg end" aria-disabled=${!draft.note.trim()} @click=${() => addNote(id)}>${icon('note')}<span>${t('note.do')}</span><kbd>${keyName('Ctrl Enter')}</kbd></button></div>`;
  }

  #strip(inquiry, draft, at) {
    const { id } = inquiry;
    if (at === 'note') return this.#noteBar(id, draft);
    if (draft.rival) return rivalStrip(() => takeRival(id), () => keepMine(id));
    const guard = guardOf(id);
    if (guard) return guardStrip(guard, inquiry, () => this.#back(id), () => send(id, [...guard.confirmed, guard.code]));
    return inquiry.customer.blocked ? guardStrip({ code: 'blocked', standing: true }, inquiry) : this.#sendBar(inquiry, draft);
  }

  render() {
    const inquiry = openFolder()?.inquiry;
    if (!inquiry) return nothing;
    const draft = draftOf(inquiry.id);
    const own = inquiry.mine && inquiry.state === 'ASSIGNED';
    const at = own ? (state.tab ?? 'draft') : 'note';
    const length = draft.text.length;
    return html`<section id="desk" class="desk" aria-label=${t('desk.label')} @keydown=${(event) => this.#key(inquiry.id, event)}>
      ${own ? nothing : stateStrip(inquiry, this.perform)}
      ${when(own && state.layer?.name === 'stickers', () => html`<ts-sticker-picker .inquiryId=${inquiry.id}></ts-sticker-picker>`)}
      <div class="draft ${at === 'note' ? 'noting' : ''}"><div class="dh">${this.#tabs(own)}
          ${at === 'note' ? nothing : html`<span class="end dmeta"><span>${this.#saved(draft)}</span><span id="draft-count" class="num ${length > LIMIT ? 'over' : ''}">${length.toLocaleString('en')} / 5,000</span></span>`}</div>
        <div id="desk-panel" role="tabpanel" aria-labelledby="tab-${at}">
          ${at === 'draft' ? this.#writing(inquiry, draft) : at === 'note' ? this.#noting(inquiry.id, draft) : this.#preview(draft)}</div>
      </div>
      ${this.#strip(inquiry, draft, at)}
    </section>`;
  }
}

customElements.define('ts-desk', Desk);
