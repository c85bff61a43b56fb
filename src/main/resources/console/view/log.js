import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { View } from './view.js';
import { state, layer } from '../core/state.js';
import { post } from '../core/http.js';
import { openFolder } from '../core/inquiries.js';
import { guardOf } from '../core/sending.js';
import { refreshWorkspace, summaryOf } from '../core/workspace.js';
import { rowsOf } from '../core/rows.js';
import { translateAgain, translateShown } from '../core/translations.js';
import { day, everySecond, now } from '../core/time.js';
import { t } from '../core/words.js';
import { botCard, eventLine, imageSet, messageRow, note } from './bubble.js';
import { VisibleRows } from './visible-rows.js';

const NEAR = 24;
const READ_AFTER = 1_000;

/** What was said. At the bottom it follows; scrolled up it stays and tells how many are new. */
class Log extends View {
  static topics = ['place', 'inquiry', 'guard'];
  #shown = null;
  #visible = new VisibleRows();
  #count = 0;
  #atBottom = true;
  #seen = 0;
  #open = new Set();
  #read = new Map();
  #readTimer = null;
  #top = 0;
  #onScreen = [];

  connectedCallback() {
    super.connectedCallback();
    this.endTick = everySecond((at) => this.#tick(at));
    this.onFocus = () => this.#markRead();
    addEventListener('focus', this.onFocus);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.endTick();
    this.sizes?.disconnect();
    clearTimeout(this.#readTimer);
    removeEventListener('focus', this.onFocus);
  }

  /** A ring that has run out becomes a state in words, even before the server says the next one. */
  #tick(at) {
    const ends = openFolder()?.messages.some(({ delivery }) => delivery?.state === 'queued' && delivery.undoUntil && Math.abs(Date.parse(delivery.undoUntil) - at) < 1500);
    if (ends) this.requestUpdate();
  }

  willUpdate() {
    this.#followOwn();
    if (this.#shown === state.place.id) {
      const box = this.querySelector('#log');
      if (box && !this.#atBottom) this.#visible.hold(box);
      return;
    }
    this.#shown = state.place.id;
    this.#atBottom = true;
    this.#open.clear();
    this.#seen = 0;
  }

  /** What we send ourselves, and what a guard points at, is always shown. */
  #followOwn() {
    const folder = openFolder();
    const own = folder?.messages.findLast((each) => each.from === 'operator')?.id;
    const guard = guardOf(state.place.id);
    if (this.#shown === state.place.id && (own !== this.own || (guard && guard !== this.guard))) this.#atBottom = true;
    this.own = own;
    this.guard = guard;
  }

  updated() {
    const box = this.querySelector('#log');
    // Between one inquiry and a page without any there is no box.
    if (box !== this.box) {
      this.sizes?.disconnect();
      this.sizes = new ResizeObserver(() => this.#atBottom && this.#toEnd());
      if (box) this.sizes.observe(box);
      this.box = box;
    }
    if (!box) return;
    if (this.#atBottom) this.#toEnd();
    else if (this.#count) this.#visible.drawn(box, this.#count);
    this.#markRead();
    const folder = openFolder();
    if (folder?.inquiry) translateShown(folder, this.#onScreen);
  }

  #toEnd() {
    const { box } = this;
    if (!box) return;
    this.#visible.atEnd(box);
    box.scrollTop = box.scrollHeight;
    this.#top = box.scrollTop;
    this.#seen = openFolder()?.lastSeq ?? 0;
  }

  #scrolled(event) {
    const box = event.target;
    const bottom = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    // Only a move upwards leaves the end: the box also scrolls when the desk below it grows.
    const moved = box.scrollTop < this.#top;
    this.#top = box.scrollTop;
    if (this.#atBottom && !bottom && !moved) {
      this.#toEnd();
      return;
    }
    if (bottom !== this.#atBottom) {
      this.#atBottom = bottom;
      if (bottom) this.#seen = openFolder()?.lastSeq ?? 0;
      this.requestUpdate();
    }
    if (!bottom && this.#visible.follow(box, this.#count)) this.requestUpdate();
    if (bottom) this.#markRead();
  }

  #backToEnd() {
    this.#atBottom = true;
    this.requestUpdate();
  }

  /** Unread ends when the newest message was on a focused screen for a second. */
  #markRead() {
    const folder = openFolder();
    if (!folder?.inquiry?.mine || !this.#atBottom || !document.hasFocus()) return;
    const { id, lastSeq } = folder;
    if (!lastSeq || (this.#read.get(id) ?? 0) >= lastSeq) return;
    clearTimeout(this.#readTimer);
    this.#readTimer = setTimeout(async () => {
      if (state.place.id !== id || !document.hasFocus()) return;
      this.#read.set(id, lastSeq);
      try {
        await post(`/inquiries/${id}/read`, { seq: lastSeq });
        if (summaryOf(id)?.unread) refreshWorkspace();
      } catch {
        // The count stays until the next message is read; nothing is lost by it.
        this.#read.delete(id);
      }
    }, READ_AFTER);
  }

  #toggle(key) {
    if (!this.#open.delete(key)) this.#open.add(key);
    this.#atBottom = false;
    this.requestUpdate();
  }

  /** The rows of all messages, made again only when one of these has changed. */
  #rowsOf(messages, guardSince) {
    if (this.rowsFrom !== messages || this.rowsSince !== guardSince) {
      this.rows = rowsOf(messages, { guardSince });
      this.rowsFrom = messages;
      this.rowsSince = guardSince;
    }
    return this.rows;
  }

  #row(row, context) {
    switch (row.kind) {
      case 'day': return html`<p class="day"><span>${day(row.at)}</span></p>`;
      case 'newline': return html`<p class="newline"><span>${t('log.since-draft')}</span></p>`;
      case 'bot': return botCard(row, context);
      case 'events': return eventLine(row.messages, context);
      case 'images': return imageSet(row, context);
      default: return row.message.from === 'note' ? note(row.message) : messageRow(row, context);
    }
  }

  render() {
    const folder = openFolder();
    if (!folder?.inquiry) return nothing;
    const guard = guardOf(folder.id);
    const guardSince = guard?.code === 'newer-message' ? guard.since : null;
    const all = this.#rowsOf(folder.messages, guardSince);
    this.#count = all.length;
    if (this.#atBottom) this.#visible.end(all.length);
    const rows = this.#visible.of(all);
    this.#onScreen = rows.filter((row) => row.kind !== 'bot' || this.#open.has(row.key)).flatMap((row) => row.messages ?? []);
    const unseen = this.#atBottom ? 0 : folder.messages.filter((each) => each.seq > this.#seen && each.from === 'customer').length;
    const context = {
      inquiry: folder.inquiry,
      guardSince,
      at: now(),
      lastOf: (delivery) => folder.messages.findLast((each) => each.delivery?.id === delivery)?.id,
      isOpen: (key) => this.#open.has(key),
      toggle: (key) => this.#toggle(key),
      again: () => translateAgain(folder, this.#onScreen),
      view: (message) => layer('viewer', { message, name: folder.inquiry.customer.name }),
    };
    return html`<div class="logbox"><div id="log" class="log scroll" role="log" aria-live="off" aria-label=${t('log.label')} tabindex="0" @scroll=${this.#scrolled}>
        <div class="room above"></div>
        ${repeat(rows, (row) => row.key, (row) => this.#row(row, context))}
        <div class="room below"></div>
      </div>
      ${unseen ? html`<button class="btn sm pill" @click=${this.#backToEnd}>↓ ${t('log.new', { n: unseen })}</button>` : nothing}
    </div>`;
  }
}

customElements.define('ts-log', Log);
