import { html, nothing } from 'lit';
import { View, icon, face, hue } from './view.js';
import { drawn, state, layer, trouble } from '../core/state.js';
import { act, openFolder, refreshInquiry } from '../core/inquiries.js';
import { pressesSoFar, thenWrite } from '../core/keys.js';
import { keyName, keyOf, withKey } from '../core/shortcuts.js';
import { t, lang } from '../core/words.js';
import { draftOf } from '../core/drafts.js';
import './log.js';
import './desk.js';
import './hold-form.js';
import './close-form.js';
import './transfer-form.js';

/** Does an act on the open inquiry; a refusal is said in words. */
async function perform(id, name, seen) {
  layer(null);
  try {
    const done = act(id, name, seen);
    await (['resume', 'reopen', 'take'].includes(name) ? thenWrite(done.then(() => true)) : done);
  } catch (error) {
    trouble(t(`act.${['wrong-state', 'not-owner', 'full', 'newer-inquiry', 'same-operator', 'offline'].includes(error.code) ? error.code : 'failed'}`), error.id);
    refreshInquiry(id);
  }
}

/** The middle column: who it is, what was said, what is being written. */
class Chat extends View {
  static topics = ['place', 'inquiry', 'workspace', 'layer', 'drawer'];

  updated() {
    const { id } = state.place;
    if (this.shown === id) return;
    if (this.asked !== id) {
      this.asked = id;
      this.presses = pressesSoFar();
    }
    const ready = openFolder()?.inquiry;
    if (id && !ready) return;
    this.shown = id;
    // Opening an inquiry puts the caret where one will write; an operator who has gone on by then is left alone.
    if (id && !state.layer && this.presses === pressesSoFar()) drawn().then(() => document.getElementById('draft-text')?.focus());
  }

  #acts(inquiry) {
    const open = state.layer?.name;
    const own = inquiry.mine && !inquiry.offeredUntil;
    const button = (name, picture, word) => html`<button class="btn quiet" aria-haspopup="dialog" aria-expanded=${open === name} aria-label=${t(word)} title=${withKey(t(word), `handle.${name}`)} @click=${() => layer(open === name ? null : name)}>${icon(picture)}<span>${t(word)}</span></button>`;
    const may = state.me.role !== 'operator';
    return html`<div class="acts">
      ${own && inquiry.state === 'ASSIGNED' ? button('hold', 'pause', 'hold') : nothing}
      ${(own && ['ASSIGNED', 'HELD'].includes(inquiry.state)) || (may && ['WAITING', 'ASSIGNED', 'HELD'].includes(inquiry.state)) ? button('transfer', 'swap', 'transfer') : nothing}
      ${own && inquiry.state === 'ASSIGNED' && inquiry.callPossible && !inquiry.call ? button('call', 'phone', 'call') : nothing}
      ${own && inquiry.state === 'HELD' ? html`<button class="btn" aria-label=${t('resume')} title=${t('resume')} @click=${() => perform(inquiry.id, 'resume')}>${icon('play')}<span>${t('resume')}</span></button>` : nothing}
      ${!own && may && ['WAITING', 'ASSIGNED', 'HELD'].includes(inquiry.state) ? html`<button class="btn" aria-haspopup="dialog" aria-expanded=${open === 'take'} aria-label=${t('take')} title=${t('take')} @click=${() => layer(open === 'take' ? null : 'take')}>${icon('hand')}<span>${t('take')}</span></button>` : nothing}
      ${own && ['ASSIGNED', 'HELD'].includes(inquiry.state) ? html`<button class="btn keep" aria-haspopup="dialog" aria-expanded=${open === 'close'} title=${withKey(t('close-inquiry'), 'handle.close')} @click=${() => layer(open === 'close' ? null : 'close')}>${icon('check')}<span>${t('close-inquiry')}</span></button>` : nothing}
      ${inquiry.state === 'CLOSED' && (own || may) ? html`<button class="btn keep" @click=${() => perform(inquiry.id, 'reopen')}>${icon('undo')}<span>${t('reopen')}</span></button>` : nothing}
      ${this.#more(inquiry)}
      <button class="btn quiet icon drawerbtn" aria-label=${withKey(t('side.show'), 'move.customer')} title=${withKey(t('side.show'), 'move.customer')} aria-expanded=${state.drawer} @click=${this.#drawer}>${icon('side')}</button>
    </div>`;
  }

  #drawer() {
    state.drawer = !state.drawer;
    document.querySelector('ts-app').requestUpdate();
    this.requestUpdate();
  }

  #more(inquiry) {
    const open = state.layer?.name === 'more';
    const entry = (name, picture) => html`<button role="menuitem" @click=${() => perform(inquiry.id, name)}>${icon(picture, 'sm')}<span class="grow">${t(name)}</span></button>`;
    const own = inquiry.mine && !inquiry.offeredUntil;
    return html`<div class="menubox">
      <button class="btn quiet icon" aria-haspopup="menu" aria-expanded=${open} aria-label=${t('more')} title=${t('more')} @click=${() => layer(open ? null : 'more')}>${icon('more')}</button>
      ${open ? html`<ts-menu class="menu right" label=${t('more')}>
        ${own && inquiry.state === 'ASSIGNED' ? html`<button role="menuitem" @click=${() => layer('hand-back')}>${icon('bot', 'sm')}<span class="grow">${t('hand-back')}</span><kbd>${keyOf('handle.hand-back')}</kbd></button>` : nothing}
        ${own && ['ASSIGNED', 'HELD'].includes(inquiry.state) ? entry('requeue', 'swap') : nothing}
        ${inquiry.state === 'CLOSED' ? entry('reopen', 'undo') : nothing}
        <button role="menuitem" @click=${() => this.#copy(inquiry.number)}>${icon('copy', 'sm')}<span class="grow">${t('copy-number', { number: inquiry.number })}</span></button>
      </ts-menu>` : nothing}
    </div>`;
  }

  #copy(number) {
    navigator.clipboard.writeText(String(number));
    layer(null);
  }

  /** A supervisor looks on unseen, and is told that it is written down. */
  #watched = (inquiry) => state.me.role === 'supervisor' && !inquiry.mine && inquiry.state !== 'CLOSED';

  #head(inquiry) {
    const { customer } = inquiry;
    const watched = this.#watched(inquiry);
    return html`<header class="ch">
      ${face(customer.name, 'lg')}
      <h1 class="clip" title=${customer.name}><span>${customer.name}</span>${lang() === 'ja' ? html`<span class="sama"> 様</span>` : nothing}</h1>
      ${watched ? html`<span class="recorded row">${icon('eye', 'sm')}${t('watch.recorded')}</span>` : nothing}
      ${inquiry.topic && !watched ? html`<span class="chip accent" title=${inquiry.topic}>${inquiry.topic}</span>` : nothing}
      ${customer.language && customer.language !== lang() && !watched ? html`<span class="chip outlined">${t(`language.${customer.language}`)}</span>` : nothing}
      ${watched ? nothing : this.#case(inquiry)}
      ${inquiry.viewers.length ? html`<span class="viewers p0" title=${t('viewers', { names: inquiry.viewers.join(', ') })}><span class="sr">${t('viewers', { names: inquiry.viewers.join(', ') })}</span>${inquiry.viewers.slice(0, 3).map((name) => face(name, 'sm'))}</span>` : nothing}
      ${this.#acts(inquiry)}
    </header>${watched ? this.#about(inquiry) : nothing}`;
  }

  #case(inquiry) {
    const number = inquiry.case?.number ?? inquiry.caseNumber;
    if (!number) return nothing;
    return inquiry.case?.url ? html`<a class="ext num" href=${inquiry.case.url} target="_blank" rel="noopener noreferrer" title=${t('case.open')}>${number}${icon('ext', 'sm')}</a>` : html`<span class="num meta">${number}</span>`;
  }

  /** What a supervisor wants to know first, in one line. */
  #about(inquiry) {
    const one = (word, value) => (value && value !== nothing ? html`<span class="clip"><span class="meta">${t(word)}</span> ${value}</span>` : nothing);
    return html`<p class="about">${one('about.case', this.#case(inquiry))}${one('about.topic', inquiry.topic)}${one('about.owner', inquiry.owner?.displayName)}${one('about.language', inquiry.customer.language ? t(`language.${inquiry.customer.language}`) : null)}</p>`;
  }

  #take(inquiry) {
    const owner = inquiry.owner?.displayName;
    return html`<ts-popover class="pop form" label=${t('take')}><p class="strong">${t('take')}</p>
      <p class="body">${owner ? t('take.from', { owner }) : t('take.waiting')}</p>
      <div class="row"><button class="btn end" @click=${() => layer(null)}>${t('cancel')}</button><button class="btn primary" autofocus @click=${() => perform(inquiry.id, 'take', { from: inquiry.owner?.id })}>${t('take')}</button></div></ts-popover>`;
  }

  #handBack(inquiry) {
    return html`<ts-popover class="pop form" label=${t('hand-back')}><p class="strong">${t('hand-back')}</p>
      <p class="body">${t(draftOf(inquiry.id).empty ? 'hand-back.why' : 'hand-back.draft-left')}</p>
      <div class="row"><button class="btn end" @click=${() => layer(null)}>${t('cancel')}</button><button class="btn primary" autofocus @click=${() => perform(inquiry.id, 'hand-back')}>${t('hand-back')}</button></div></ts-popover>`;
  }

  #empty() {
    const free = !state.workspace?.slots.length;
    const away = state.workspace && state.workspace.me.presence !== 'available';
    return html`<div class="blank"><div>
      <svg class="mascot" aria-hidden="true"><use href="/console/icons.svg#s-thanks"></use></svg>
      <h1>${t(free ? 'empty.nothing' : 'empty.choose')}</h1>
      <p>${t(free ? (away ? 'empty.away.text' : 'empty.nothing.text') : 'empty.choose.text')}</p>
      <p class="row">${free
        ? html`<button class="btn" aria-haspopup="dialog" @click=${() => layer('palette')}>${icon('search')}${t('palette')}<kbd>${keyOf('move.palette')}</kbd></button>`
        : html`<span class="row">${t('empty.slot')}<kbd>${keyName('Alt 1')}</kbd></span>`}<button class="btn quiet" @click=${() => layer('keys')}>${icon('keys')}${t('keys.title')}<kbd>?</kbd></button></p>
    </div></div>`;
  }

  #broken(error) {
    const word = error.status === 404 ? 'chat.not-found' : error.status === 403 ? 'chat.forbidden' : 'chat.broken';
    return html`<div class="blank"><div><h1>${t(word)}</h1><p>${t(`${word}.text`)}</p>
      ${error.id ? html`<p class="meta">${t('trouble.id', { id: error.id })}</p>` : nothing}
      <p class="row"><button class="btn" @click=${() => refreshInquiry(state.place.id)}>${icon('refresh')}${t('again')}</button></p></div></div>`;
  }

  render() {
    const folder = openFolder();
    const inquiry = folder?.inquiry;
    if (!folder) return html`<section class="chat" aria-label=${t('chat.label')}>${state.workspace ? this.#empty() : nothing}</section>`;
    if (!inquiry) return html`<section class="chat" aria-label=${t('chat.label')} aria-busy=${!folder.error}>${folder.error ? this.#broken(folder.error) : html`<div class="bones" aria-hidden="true"><i></i><i></i><i></i><i></i></div>`}</section>`;
    const form = state.layer?.name;
    return html`<section class="chat ${hue(inquiry)}" aria-label=${t('chat.label')}>
      ${this.#head(inquiry)}
      ${form === 'hold' ? html`<ts-hold-form .inquiry=${inquiry}></ts-hold-form>` : nothing}
      ${form === 'close' ? html`<ts-close-form .inquiry=${inquiry}></ts-close-form>` : nothing}
      ${form === 'transfer' ? html`<ts-transfer-form .inquiry=${inquiry}></ts-transfer-form>` : nothing}
      ${form === 'call' ? html`<ts-call-offer .inquiry=${inquiry}></ts-call-offer>` : nothing}
      ${form === 'call-end' && inquiry.call ? html`<ts-call-end .inquiry=${inquiry}></ts-call-end>` : nothing}
      ${form === 'hand-back' ? this.#handBack(inquiry) : nothing}
      ${form === 'take' ? this.#take(inquiry) : nothing}
      <ts-log></ts-log><ts-desk .perform=${perform}></ts-desk>
    </section>`;
  }
}

customElements.define('ts-chat', Chat);
