import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { View, icon, face, hue } from './view.js';
import { state } from '../core/state.js';
import { places } from '../core/workspace.js';
import { folderOf, undoable } from '../core/inquiries.js';
import { draftOf } from '../core/drafts.js';
import { spoken } from '../core/line-emoji.js';
import { accept, decline, offered } from '../core/offers.js';
import { goalNear } from '../core/alerts.js';
import { announce } from '../core/announce.js';
import { everySecond, moment, now } from '../core/time.js';
import { inquiryPath } from '../core/route.js';
import { keyName, withKey } from '../core/shortcuts.js';
import { t, lang } from '../core/words.js';
import './clock.js';

/** The customer's language where it is not the operator's. */
const languageChip = ({ language }) =>
  language && language !== lang() ? html`<span class="chip tiny">${language.slice(0, 2).toUpperCase()}</span>` : nothing;

/** One tab stop for a list; arrows walk through it. */
function walk(event) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by || event.altKey) return;
  const links = [...event.currentTarget.querySelectorAll('a[href]')];
  const at = links.indexOf(document.activeElement);
  if (at < 0) return;
  event.preventDefault();
  links[(at + by + links.length) % links.length].focus();
}

/** Left column: my slots, each in its fixed place; what I hold; who waits. */
class List extends View {
  static topics = ['workspace', 'place', 'inquiry', 'draft', 'feed'];
  #heldOpen = false;

  connectedCallback() {
    super.connectedCallback();
    this.endTick = everySecond((at) => this.#tick(at));
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.endTick();
  }

  /** Rings in slots step once a second; without one nothing is drawn. */
  #tick(at) {
    const ringing = offered().length || places().some((slot) => slot && undoable(folderOf(slot.id), at).length);
    if (ringing || this.ringing) this.requestUpdate();
    this.ringing = ringing;
  }

  #preview(slot) {
    const draft = draftOf(slot.id);
    if (!slot.unread && slot.id !== state.place.id && (draft.loaded ? draft.text.trim() : slot.hasDraft)) {
      return draft.text.trim() ? t('list.draft', { text: spoken(draft.text.trim()) }) : t('list.has-draft');
    }
    const last = slot.lastMessage;
    if (!last) return '';
    const text = last.text ?? t(`type.${last.type}`);
    return last.from === 'customer' ? text : t(last.from === 'bot' ? 'list.bot' : 'list.me', { text });
  }

  #turn(slot) {
    const [pending] = undoable(folderOf(slot.id), now());
    if (pending) return html`<span class="time accent num">${t('list.sending-in', { n: Math.ceil((Date.parse(pending.delivery.undoUntil) - now()) / 1000) })}</span>`;
    if (!slot.waitingSince) return html`<span class="time">${t('list.customers-turn')}</span>`;
    return html`<ts-clock .goal=${state.workspace.goals.firstAnswerSeconds} .since=${slot.waitingSince}></ts-clock>`;
  }

  #late(slot, event) {
    goalNear(slot);
    announce(t(event.detail === 'bad' ? 'clock.over' : 'clock.near', { name: slot.customer.name }));
  }

  #slot(slot, number, stop) {
    const here = slot.id === state.place.id;
    return html`<li><a class="slot ${hue(slot)} ${slot.unread ? 'new' : ''}" href=${inquiryPath(slot.id)} aria-current=${here ? 'true' : nothing}
        tabindex=${stop ? 0 : -1} title=${slot.customer.name} @level=${(event) => this.#late(slot, event)}>
      ${face(slot.customer.name, '', number)}
      <span class="lines">
        <span class="l who"><b class="clip">${slot.customer.name}</b>${languageChip(slot.customer)}${this.#turn(slot)}</span>
        <span class="l"><span class="last clip">${this.#preview(slot)}</span>${slot.approval ? html`<span class="chip tiny ${slot.approval === 'WAITING' ? 'accent' : 'warn'}">${t(`approval.${slot.approval}`)}</span>` : nothing}${slot.customer.blocked ? html`<span class="chip bad tiny">${t('customer.blocked')}</span>` : nothing}${slot.unread ? html`<span class="badge"><span class="sr">${t('list.unread')}</span>${slot.unread}</span>` : nothing}</span>
      </span></a></li>`;
  }

  /** An inquiry that waits to be accepted, in the slot it will have. */
  #offer(slot, number) {
    const { name } = slot.customer;
    const left = Math.max(0, Math.ceil((Date.parse(slot.offeredUntil) - now()) / 1000));
    const off = state.feed.state === 'offline';
    return html`<li><div class="slot offer ${hue(slot)}" role="group" aria-label=${t('offer', { name })}>
      ${face(name, '', number)}
      <span class="lines"><span class="l who"><b class="clip" title=${name}>${name}</b>${languageChip(slot.customer)}<span class="time accent num">${t('offer.left', { n: left })}</span></span>
        <span class="l"><span class="last clip">${slot.topic ?? this.#preview(slot)}</span></span></span>
      <span class="row"><button class="btn sm icon quiet" aria-label="${t('offer.decline')}: ${name}" title=${withKey(t('offer.decline'), 'handle.decline')} aria-disabled=${off} @click=${() => decline(slot.id)}>${icon('x', 'sm')}</button><button class="btn sm primary" aria-label="${t('offer.accept')}: ${name}" title=${withKey(t('offer.accept'), 'handle.accept')} aria-disabled=${off} @click=${() => accept(slot.id)}>${t('offer.accept')}</button></span>
    </div></li>`;
  }

  #slots() {
    const all = places();
    const first = all.find((slot) => slot?.id === state.place.id) ?? all.find((slot) => slot && !slot.offeredUntil);
    // What a call weighs beside its inquiry takes the last free places.
    const { me, slots } = state.workspace;
    const taken = Math.max(0, me.load - slots.length);
    const byCall = new Set(taken ? all.flatMap((slot, at) => (slot ? [] : [at])).slice(-taken) : []);
    const free = (at) => (byCall.has(at) ? html`<li class="free"><kbd>${at + 1}</kbd>${icon('phone', 'sm')}<span>${t('list.by-call')}</span></li>` : html`<li class="free"><kbd>${at + 1}</kbd><span>${t('list.free')}</span></li>`);
    return html`<ol class="slots" role="list" aria-label=${t('list.mine')} @keydown=${walk}>
      ${repeat(all, (slot, at) => slot?.id ?? `free-${at}`, (slot, at) =>
        slot?.offeredUntil ? this.#offer(slot, at + 1) : slot ? this.#slot(slot, at + 1, slot === first) : free(at))}
    </ol>`;
  }

  #held() {
    const { held } = state.workspace;
    if (!held.length) return nothing;
    const next = held.map((each) => each.holdUntil).filter(Boolean).sort((a, b) => Date.parse(a) - Date.parse(b))[0];
    const open = this.#heldOpen || held.some((each) => each.id === state.place.id);
    return html`<button class="fold" aria-expanded=${open} aria-controls="held" @click=${() => {
        this.#heldOpen = !open;
        this.requestUpdate();
      }}>${icon(open ? 'down' : 'right', 'sm')}<span>${t('list.held')}</span><span class="num">${held.length}</span>
        ${next ? html`<span class="end meta">${t('list.next', { time: moment(next) })}</span>` : nothing}</button>
      <ul id="held" class="rows" role="list" ?hidden=${!open} @keydown=${walk}>
        ${repeat(held, (each) => each.id, (each, at) => html`<li><a class="wrow ${each.unread ? 'new' : ''}" href=${inquiryPath(each.id)} tabindex=${at ? -1 : 0} aria-current=${each.id === state.place.id ? 'true' : nothing}>
          <span class="nm clip">${each.customer.name}</span><span class="meta clip">${each.unread ? t('list.new', { n: each.unread }) : each.holdMemo}</span><span class="num time">${each.holdUntil ? moment(each.holdUntil) : ''}</span></a></li>`)}
      </ul>`;
  }

  #waiting() {
    const { waiting, goals } = state.workspace;
    const readable = state.me.role !== 'operator';
    const row = (each) => html`<span class="nm clip" title=${each.customer.name}>${each.customer.name}${languageChip(each.customer)}</span><span class="meta clip">${each.topic ?? ''}</span><ts-clock plain .goal=${goals.firstAnswerSeconds} .since=${each.queuedAt}></ts-clock>`;
    return html`<div class="lh"><h2>${t('list.waiting')}</h2>${waiting.length ? html`<span class="meta num">${waiting.length}</span>
        <span class="end longest"><span class="meta">${t('list.longest')}</span><ts-clock .goal=${goals.firstAnswerSeconds} .since=${this.#oldest(waiting)}></ts-clock></span>` : nothing}</div>
      <div class="waiting scroll" tabindex=${waiting.length ? 0 : -1} role="group" aria-label=${t('list.waiting')}>
        ${waiting.length ? nothing : html`<p class="meta none">${t('list.nobody')}</p>`}
        <ul class="rows" role="list" @keydown=${walk}>
          ${repeat(waiting, (each) => each.id, (each, at) => html`<li>${readable
            ? html`<a class="wrow" href=${inquiryPath(each.id)} tabindex=${at ? -1 : 0} aria-current=${each.id === state.place.id ? 'true' : nothing}>${row(each)}</a>`
            : html`<div class="wrow">${row(each)}</div>`}</li>`)}
        </ul>
      </div>`;
  }

  #oldest(waiting) {
    return waiting.reduce((oldest, each) => (Date.parse(each.queuedAt) < Date.parse(oldest) ? each.queuedAt : oldest), waiting[0].queuedAt);
  }

  render() {
    const lists = state.workspace;
    if (!lists) return html`<section class="list" aria-label=${t('list.label')} aria-busy="true"></section>`;
    const { load, capacity } = lists.me;
    return html`<section class="list" aria-label=${t('list.label')}>
      ${capacity || lists.slots.length ? html`<div class="lh"><h2>${t('list.mine')}</h2><span class="meta num">${load} / ${capacity}</span><span class="end keys" aria-hidden="true"><kbd>${keyName('Alt ')}1–${Math.min(9, places().length)}</kbd></span></div>
      ${this.#slots()}` : nothing}${this.#held()}${this.#waiting()}
    </section>`;
  }
}

customElements.define('ts-list', List);
