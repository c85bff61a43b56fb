import { html, nothing } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { live } from 'lit/directives/live.js';
import { View, icon, face, when } from './view.js';
import { drawn, state, layer } from '../core/state.js';
import { openFolder, calledName } from '../core/inquiries.js';
import { BUBBLE, draftOf, keepMine, LIMIT, saveDraft, takeRival, write, writeNote } from '../core/drafts.js';
import { addNote, dropGuard, dropWaiting, guardOf, isSending, send, waitsForLine } from '../core/sending.js';
import { stickerOf } from '../core/stickers.js';
import { apart, emojiWord, lengthOf, spoken } from '../core/line-emoji.js';
import { openPlace, typedShortcut } from '../core/canned.js';
import { showOpenPlace } from '../core/insert.js';
import { askIdentity } from '../core/identity.js';
import { askHelp } from '../core/advice.js';
import { addPicture, isUploading, pictureIn, SENDABLE } from '../core/pictures.js';
import { editQuickReplies } from '../core/quick.js';
import { typing } from '../core/typing.js';
import { focus, tab } from '../core/keys.js';
import { keyName, keyOf, withKey } from '../core/shortcuts.js';
import { clock } from '../core/time.js';
import { has, t } from '../core/words.js';
import { chosenSticker } from './sticker.js';
import { emojiChip } from './emoji.js';
import { awaitsStrip, guardStrip, returnedStrip, rivalStrip, standbyStrip, stateStrip } from './strips.js';
import './cost.js';
import './sticker-picker.js';
import { cardSketch, chosenCard } from './card-picker.js';
import { cardOf } from '../core/cards.js';
import './canned-picker.js';
import './emoji-picker.js';
import './quick-replies.js';
import { fileSize } from './media.js';
import { quoteOf, replies, richText } from './bubble.js';
import { typedMention } from './mention-picker.js';
import { adviceStrip } from './advice.js';
import { waits } from '../core/approvals.js';
import { foreign, takeTranslation, translateDraft, translatedDraft } from '../core/translations.js';
import { callStrip } from './call.js';

const TABS = ['draft', 'note', 'preview'];
/** A draft's words with LINE's emojis, in the clipboard beside what other programs can read. */
const WITH_EMOJIS = 'text/x-tsunagi-draft';

/** Where the answer is written, and below it, apart from it, where it is sent. */
class Desk extends View {
  static topics = ['place', 'inquiry', 'draft', 'layer', 'feed'];
  static properties = { perform: { attribute: false } };

  updated() {
    this.#lineUp();
    const guard = guardOf(state.place.id);
    if (guard && guard !== this.guard) drawn().then(() => focus('#guard-back'));
    this.guard = guard;
  }

  #typed(id, event) {
    write(id, { text: event.target.value });
    if (event.target.value) typing(id);
    this.#caret(id, event);
    this.#suggest('canned', typedShortcut(id));
  }

  /** Opens the list that goes with what is being typed, and closes it when the words no longer ask for it. */
  #suggest(name, typed) {
    const open = state.layer?.name === name && state.layer.detail?.typed;
    if (typed && !state.layer) layer(name, { typed: true });
    else if (!typed && open) layer(null);
  }

  #caret(id, { target }) {
    draftOf(id).caret = [target.selectionStart, target.selectionEnd];
  }

  /** A picture or video that is pasted or dropped goes into the draft; words, also words with a picture of them, go their usual way. */
  #bring(id, event, brought) {
    const picture = pictureIn(brought?.files);
    if (!picture || brought.types.includes('text/plain')) return;
    event.preventDefault();
    addPicture(id, picture);
  }

  /** LINE's emojis leave the draft as their words, and come back as emojis. */
  #copy(event) {
    const { target, clipboardData } = event;
    const chosen = target.value.slice(target.selectionStart, target.selectionEnd);
    if (!apart(chosen).emojis.length) return;
    event.preventDefault();
    clipboardData.setData('text/plain', spoken(chosen));
    clipboardData.setData(WITH_EMOJIS, chosen);
    if (event.type === 'cut') document.execCommand('delete');
  }

  #paste(id, event) {
    const words = event.clipboardData.getData(WITH_EMOJIS);
    if (!words) {
      this.#bring(id, event, event.clipboardData);
      return;
    }
    event.preventDefault();
    document.execCommand('insertText', false, words);
  }

  #drag(event) {
    if ([...event.dataTransfer.types].includes('Files')) event.preventDefault();
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
    const guard = guardOf(id);
    dropGuard(id);
    if (guard?.code === 'placeholder' && openPlace(draftOf(id).text)) showOpenPlace(id);
    else if (guard?.code === 'placeholder') focus('.cardform input');
    else tab('draft');
  }

  /** The tint lies below the field's words: as wide as they run, and scrolled with them. */
  #lineUp() {
    const [tint, field] = this.querySelectorAll('.dtbox > .dt');
    if (!field) return;
    tint.style.width = `${field.clientWidth}px`;
    tint.scrollTop = field.scrollTop;
  }

  /** What was put in ready-made, tinted until somebody changes it. */
  #tint(inquiry, { text, inserted }) {
    if (!inserted.length) return nothing;
    let at = 0;
    const parts = [...inserted].sort(([one], [other]) => one - other).map(([from, to]) => {
      const shown = html`${text.slice(at, from)}<mark>${text.slice(from, to)}</mark>`;
      at = to;
      return shown;
    });
    return html`<div class="dt tint" aria-hidden="true" lang=${inquiry.customer.language ?? nothing}>${parts}${text.slice(at)}${'\n'}</div><span id="draft-inserted" class="sr">${t('draft.inserted')}</span>`;
  }

  /** A button that opens a layer, or closes it. */
  #opens(name, picture, word, key, bare = false) {
    const title = key ? `${t(word)} (${key})` : t(word);
    return html`<button class="btn quiet ${bare ? 'icon' : ''}" aria-haspopup="dialog" aria-expanded=${state.layer?.name === name} aria-label=${t(word)} title=${title}
      @click=${() => layer(state.layer?.name === name ? null : name)}>${icon(picture)}${bare ? nothing : html`<span>${t(word)}</span>`}</button>`;
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

  /** A text too long for one bubble goes as several; the words say how many at least. */
  #count(length) {
    const written = length.toLocaleString('en');
    if (length <= BUBBLE) return `${written} / ${BUBBLE.toLocaleString('en')}`;
    return length <= LIMIT ? t('draft.split', { written, n: Math.ceil(length / BUBBLE) }) : `${written} / ${LIMIT.toLocaleString('en')}`;
  }

  #writing(inquiry, draft) {
    const { id } = inquiry;
    const called = calledName(inquiry.customer);
    const place = openPlace(draft.text);
    return html`${draft.quote ? this.#quoting(id, draft) : nothing}<div class="dtbox">${this.#tint(inquiry, draft)}${keyed(`draft-${id}`, html`<textarea id="draft-text" class="dt" spellcheck="false" aria-label=${t('draft.label', { name: called })} placeholder=${t('draft.placeholder', { name: called })}
        lang=${inquiry.customer.language ?? nothing} aria-describedby="draft-count draft-emojis draft-inserted" .value=${live(draft.text)}
        @input=${(event) => this.#typed(id, event)} @keyup=${(event) => this.#caret(id, event)} @click=${(event) => this.#caret(id, event)} @focus=${(event) => this.#focused(id, event)} @blur=${() => saveDraft(id)} @copy=${this.#copy} @cut=${this.#copy} @paste=${(event) => this.#paste(id, event)} @dragover=${this.#drag} @drop=${(event) => this.#bring(id, event, event.dataTransfer)} @scroll=${() => this.#lineUp()}></textarea>`)}</div>
      ${this.#emojis(draft)}
      ${draft.sticker ? html`<div class="chosen">${chosenSticker(draft.sticker, stickerOf(draft.sticker))}<button class="btn sm icon quiet" aria-label=${t('sticker.remove')} title=${t('sticker.remove')} @click=${() => write(id, { sticker: null })}>${icon('x', 'sm')}</button></div>` : nothing}
      ${draft.image ? html`<div class="chosen"><img class="thumb" src=${draft.image.preview ?? draft.image.url} alt=${t(`picture.chosen${draft.image.kind === 'video' ? '.video' : ''}`)}><span class="meta grow">${[t(`type.${draft.image.kind ?? 'image'}`), draft.image.width ? `${draft.image.width}×${draft.image.height}` : '', fileSize(draft.image.size)].filter(Boolean).join(' · ')}</span><button class="btn sm icon quiet" aria-label=${t('picture.remove')} title=${t('picture.remove')} @click=${() => write(id, { image: null })}>${icon('x', 'sm')}</button></div>` : nothing}
      ${draft.card ? chosenCard(id, draft.card) : nothing}
      ${isUploading(id) ? html`<p class="hint" role="status">${t('picture.coming')}</p>` : nothing}
      <ts-quick-replies .inquiryId=${id}></ts-quick-replies>
      <div class="tools">
        ${this.#opens('stickers', 'sticker', 'sticker', keyOf('write.sticker'), true)}${this.#picture(id)}${this.#opens('emoji', 'smile', 'emoji', '', true)}${this.#opens('canned', 'slash', 'canned', '/')}${this.#opens('cards', 'card', 'card', '', true)}
        <button class="btn quiet" title=${withKey(t('quick'), 'write.quick')} @click=${() => editQuickReplies(id)}>${icon('replies')}<span>${t('quick')}</span></button>
        <button class="btn quiet" title=${withKey(t('identity.ask'), 'handle.identity')} @click=${() => askIdentity(id)}>${icon('shield')}<span>${t('identity.ask')}</span></button>
        ${place ? html`<button class="chip warn place" @click=${() => showOpenPlace(id)}>${t('canned.fill', { words: place.words })}</button>` : nothing}
        <span class="end hint">${t('draft.enter')}</span>
      </div>`;
  }

  /** Which emojis the signs in the field stand for, in their order. */
  #emojis({ text }) {
    const { emojis } = apart(text);
    return emojis.length ? html`<ul id="draft-emojis" class="lemojis" role="list" aria-label=${t('emoji.in-draft')}>${emojis.map((each) => html`<li>${emojiChip(each, emojiWord(each))}</li>`)}</ul>` : nothing;
  }

  #picture(id) {
    const pick = (event) => {
      const picture = pictureIn(event.target.files);
      event.target.value = '';
      if (picture) addPicture(id, picture);
    };
    return html`<button id="pick-picture" class="btn quiet icon" aria-label=${t('picture')} title=${withKey(t('picture'), 'write.picture')} aria-disabled=${isUploading(id)} @click=${(event) => event.currentTarget.nextElementSibling.click()}>${icon('image')}</button><input type="file" hidden accept=${SENDABLE.join()} @change=${pick}>`;
  }

  #quoting(id, draft) {
    const original = openFolder().messages.find((each) => each.id === draft.quote);
    return html`<div class="quoting">${quoteOf(original ?? { unsent: true })}<button class="btn sm icon quiet" aria-label=${t('quote.remove')} title=${t('quote.remove')} @click=${() => write(id, { quote: null })}>${icon('x', 'sm')}</button></div>`;
  }

  #noted(id, event) {
    writeNote(id, event.target.value);
    this.#suggest('mention', typedMention(id));
  }

  #noting(id, draft) {
    return html`${keyed(`note-${id}`, html`<textarea id="note-text" class="dt" spellcheck="false" aria-label=${t('note.label')} placeholder=${t('note.placeholder')} .value=${live(draft.note)} @input=${(event) => this.#noted(id, event)}></textarea>`)}
      <div class="tools"><span class="hint lock">${icon('lock', 'sm')}${t('note.private')}</span><span class="end hint">${t('draft.enter')}</span></div>`;
  }

  /** The draft in the customer's language beside what will be sent; the operator takes it into the draft, or does not. */
  #inTheirs(inquiry, draft) {
    const { id, customer } = inquiry;
    const language = has(`language.${customer.language}`) ? t(`language.${customer.language}`) : customer.language;
    const made = translatedDraft(id);
    const tried = html`<button class="btn sm" aria-disabled=${Boolean(made?.busy)} @click=${() => made?.busy || translateDraft(id)}>${icon('globe', 'sm')}${t(made?.busy ? 'translate.busy' : 'translate.draft', { language })}</button>`;
    if (!made?.text) return html`<div class="theirs">${tried}${made?.code ? html`<p class="fielderror" role="alert">${t(`translate.${made.code}`)}</p>` : html`<p class="meta">${t('translate.draft.why')}</p>`}</div>`;
    return html`<div class="theirs" role="status">
      ${made.taken ? nothing : html`<div class="row"><span class="meta clip">${t('translate.theirs', { language })}</span><button class="btn sm end" @click=${() => takeTranslation(id)}>${icon('check', 'sm')}${t('translate.take')}</button></div><p class="words" lang=${customer.language}>${made.text}</p>`}
      <p class="meta">${t('translate.back')}</p><p class="words">${made.back}</p></div>`;
  }

  #preview(inquiry, draft) {
    const shown = this.#shownDraft(draft);
    return foreign(inquiry) && draft.text.trim() ? html`<div class="beside">${this.#inTheirs(inquiry, draft)}${shown}</div>` : shown;
  }

  #shownDraft(draft) {
    if (draft.empty) return html`<div class="dt preview"><p class="meta">${t('preview.empty')}</p></div>`;
    const { text, emojis } = apart(draft.text);
    return html`<div class="dt preview scroll" tabindex="0">
      ${draft.text.trim() ? html`<div class="b operator">${draft.quote ? quoteOf(openFolder().messages.find((each) => each.id === draft.quote) ?? { unsent: true }) : nothing}<div class="words">${richText(text, emojis)}</div></div>` : nothing}
      ${chosenSticker(draft.sticker, stickerOf(draft.sticker))}
      ${draft.image ? html`<img class="thumb large" src=${draft.image.preview ?? draft.image.url} alt=${t('picture.chosen')}>` : nothing}${draft.card ? cardSketch(cardOf(draft.card)?.altText ?? draft.card.name, cardOf(draft.card)?.labels, cardOf(draft.card)?.kind ?? 'flex') : nothing}${replies(draft)}</div>`;
  }

  #sendBar(inquiry, draft) {
    const { id } = inquiry;
    const waits = waitsForLine(id);
    const offline = state.feed.state === 'offline';
    const stopped = draft.empty || lengthOf(draft.text) > LIMIT || isSending(id);
    const label = offline || waits ? t('send.when-back') : isSending(id) ? t('send.busy') : t('send.to', { name: calledName(inquiry.customer) });
    return html`<div class="sendbar">
      <span class="cost">${icon('timer', 'sm')}<ts-cost .until=${inquiry.freeReplyUntil}></ts-cost></span>
      <button class="btn quiet ${waits ? '' : 'end'}" aria-haspopup="dialog" aria-expanded=${state.layer?.name === 'help'} title=${withKey(t(inquiry.help ? 'help.lower' : 'help'), 'handle.help')} @click=${() => (inquiry.help ? askHelp(id, null) : layer(state.layer?.name === 'help' ? null : 'help'))}>${icon('hand')}<span>${t(inquiry.help ? 'help.raised' : 'help')}</span></button>
      ${waits ? html`<button class="btn quiet" @click=${() => dropWaiting(id)}>${t('send.not-yet')}</button>` : nothing}
      <button id="send" class="btn primary sendbtn ${offline || waits ? 'later' : ''}" aria-disabled=${stopped || waits} @click=${() => !stopped && !waits && send(id)}>
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
    if (waits(inquiry)) return awaitsStrip(inquiry);
    if (draft.rival) return rivalStrip(() => takeRival(id), () => keepMine(id));
    if (inquiry.customer.standby) return standbyStrip(inquiry, this.perform);
    const guard = guardOf(id);
    if (guard) return guardStrip(guard, inquiry, () => this.#back(id), () => send(id, [...guard.confirmed, guard.code]));
    return inquiry.customer.blocked ? guardStrip({ code: 'blocked', standing: true }, inquiry) : this.#sendBar(inquiry, draft);
  }

  render() {
    const inquiry = openFolder()?.inquiry;
    if (!inquiry) return nothing;
    const draft = draftOf(inquiry.id);
    const own = inquiry.mine && inquiry.state === 'ASSIGNED' && !inquiry.offeredUntil;
    const writing = own && !waits(inquiry);
    const watching = !inquiry.mine && inquiry.state === 'ASSIGNED' && state.me.role === 'supervisor';
    const at = own ? (state.tab ?? 'draft') : 'note';
    const length = lengthOf(draft.text);
    return html`<section id="desk" class="desk" aria-label=${t('desk.label')} @keydown=${(event) => this.#key(inquiry.id, event)}>
      ${callStrip(inquiry)}${own ? html`${returnedStrip(inquiry)}${adviceStrip(inquiry)}` : watching ? html`<ts-watch-desk></ts-watch-desk>` : stateStrip(inquiry, this.perform)}
      ${when(own && state.layer?.name === 'help', () => html`<ts-help-form .inquiry=${inquiry}></ts-help-form>`)}
      ${when(writing && state.layer?.name === 'canned', () => html`<ts-canned-picker .inquiry=${inquiry}></ts-canned-picker>`)}
      ${when(writing && state.layer?.name === 'emoji', () => html`<ts-emoji-picker .inquiryId=${inquiry.id}></ts-emoji-picker>`)}
      ${when(at === 'note' && state.layer?.name === 'mention', () => html`<ts-mention-picker .inquiryId=${inquiry.id}></ts-mention-picker>`)}
      ${when(writing && state.layer?.name === 'stickers', () => html`<ts-sticker-picker .inquiryId=${inquiry.id}></ts-sticker-picker>`)}
      ${when(writing && state.layer?.name === 'cards', () => html`<ts-card-picker .inquiry=${inquiry}></ts-card-picker>`)}
      <div class="draft ${at === 'note' ? 'noting' : ''} ${watching ? 'beside' : ''}"><div class="dh">${this.#tabs(own)}
          ${at === 'note' ? nothing : html`<span class="end dmeta"><span>${this.#saved(draft)}</span><span id="draft-count" class="num ${length > LIMIT ? 'over' : ''}">${this.#count(length)}</span></span>`}</div>
        <div id="desk-panel" role="tabpanel" aria-labelledby="tab-${at}">
          ${at === 'draft' && writing ? this.#writing(inquiry, draft) : at === 'note' ? this.#noting(inquiry.id, draft) : this.#preview(inquiry, draft)}</div>
      </div>
      ${this.#strip(inquiry, draft, at)}
    </section>`;
  }
}

customElements.define('ts-desk', Desk);
