import { html, nothing } from 'lit';
import { View, icon } from './view.js';
import { state, layer, trouble } from '../core/state.js';
import { post } from '../core/http.js';
import { lastPress } from '../core/idle.js';
import { openFolder } from '../core/inquiries.js';
import { everySecond, longDay, clock, now, span } from '../core/time.js';
import { t, lang } from '../core/words.js';

const MARKS = Array.from({ length: 18 });
const STEPS = [1, 1.5, 2, 3, 4];

/** An identity document closes by itself when nobody has pressed anything for so long. */
const IDLE = 60_000;

/** One picture, large: zoom and turn by button or key. It closes when the customer takes the picture back. */
class Viewer extends View {
  static topics = ['layer', 'inquiry'];
  #zoom = 0;
  #turn = 0;
  #busy = false;
  #reason = null;
  #broken = null;
  #opened = 0;

  connectedCallback() {
    super.connectedCallback();
    this.endTick = everySecond(() => this.#tick());
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.endTick();
  }

  #tick() {
    if (state.layer?.name !== 'viewer') return;
    if (this.#media()?.identity && this.#untilClosed() <= 0) layer(null);
    else this.requestUpdate();
  }

  updated() {
    const dialog = this.querySelector('dialog');
    if (dialog && !dialog.open) {
      this.#opened = Date.now();
      this.#zoom = 0;
      this.#turn = 0;
      dialog.showModal();
    }
  }

  /** Milliseconds until it closes; who opens it without a press, as a screen reader does, has the whole time too. */
  #untilClosed() {
    return IDLE - (Date.now() - Math.max(lastPress(), this.#opened));
  }

  #key(event) {
    const does = { '+': () => this.#step(1), ';': () => this.#step(1), '-': () => this.#step(-1), r: () => this.#rotate(), R: () => this.#rotate() }[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  }

  #step(by) {
    this.#zoom = Math.max(0, Math.min(STEPS.length - 1, this.#zoom + by));
    this.requestUpdate();
  }

  #rotate() {
    this.#turn = (this.#turn + 90) % 360;
    this.requestUpdate();
  }

  /** The result stays, the image goes at once (or as config/keeping.yaml says). */
  async #decide(media, verdict) {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await post(`/media/${media.id}/decision`, { verdict });
      layer(null);
    } catch (error) {
      trouble(t('viewer.not-decided'), error.id);
    } finally {
      this.#busy = false;
    }
  }

  #verdicts(media) {
    const mayDecide = media?.identity && (openFolder()?.inquiry?.mine || state.me.role === 'supervisor');
    if (!mayDecide) return nothing;
    const one = (verdict, kind = '') => html`<button class="btn ${kind}" @click=${() => this.#decide(media, verdict)}>${t(`viewer.${verdict}`)}</button>`;
    return html`<p class="strong">${t('viewer.decide')}</p><p class="meta read">${t('viewer.decide.text')}</p><div class="row">${one('verified', 'primary')}${one('refused')}${one('wrong')}</div>`;
  }

  #left(media) {
    const hours = Math.max(0, Math.floor((Date.parse(media.dueAt) - now()) / 3_600_000));
    return t('viewer.left', { days: Math.floor(hours / 24), hours: hours % 24 });
  }

  #message() {
    const { message } = state.layer.detail;
    return openFolder()?.messages.find((each) => each.id === message.id) ?? message;
  }

  #media() {
    return this.#message().media;
  }

  /** Who looks and when, over the picture: a photograph of the screen tells whose screen it was. The bytes stay as they are. */
  #mark() {
    const mark = `${state.me.displayName} (${state.me.name}) ${longDay(new Date(now()).toISOString())} ${clock(now())}`;
    return html`<div class="vmark" aria-hidden="true">${MARKS.map(() => html`<span data-mark=${mark}></span>`)}</div>`;
  }

  /** Where the hub asks why somebody looks at an identity document, it shows it for one of its reasons only. */
  #asksWhy(media) {
    return media.identity && state.me.identityReasons.length > 0 && !this.#reason;
  }

  #why() {
    const one = (reason) => html`<button class="btn" @click=${() => { this.#reason = reason; this.requestUpdate(); }}>${reason}</button>`;
    return html`<div class="vgone vwhy" role="group" aria-labelledby="viewer-why"><p id="viewer-why">${icon('lock')} ${t('viewer.why')}</p><div class="row">${state.me.identityReasons.map(one)}</div></div>`;
  }

  #inside(media) {
    if (this.#asksWhy(media)) return this.#why();
    return this.#broken === media.id ? html`<p class="vgone">${icon('alert')}${t('viewer.not-shown')}</p>` : this.#picture(media);
  }

  /** The hub draws who looks, and when, into the picture of an identity document; over others the screen does. */
  #picture(media) {
    const address = media.url ?? `/api/media/${media.id}`;
    return html`<img src=${this.#reason ? `${address}?reason=${encodeURIComponent(this.#reason)}` : address} alt=${t('viewer.picture')} draggable="false" @error=${() => { this.#broken = media.id; this.requestUpdate(); }} .style=${`transform: scale(${STEPS[this.#zoom]}) rotate(${this.#turn}deg)`}>`;
  }

  render() {
    if (state.layer?.name !== 'viewer') {
      this.#reason = null;
      this.#broken = null;
      return nothing;
    }
    const { name } = state.layer.detail;
    const current = this.#message();
    const { media } = current;
    const gone = current.unsent || media?.state !== 'ready';
    return html`<dialog class="viewer" aria-label=${t('viewer.title', { name })} @close=${() => layer(null)} @keydown=${this.#key} @contextmenu=${(event) => event.preventDefault()}>
      <div class="vtop">${icon('image')}<span class="strong clip">${t('viewer.title', { name: lang() === 'ja' ? `${name} 様` : name })}</span><span class="chip outlined">${t('viewer.only')}</span>
        <span class="end row"><button class="btn icon quiet" aria-label="${t('viewer.zoom')} (+)" title="${t('viewer.zoom')} (+)" @click=${() => this.#step(this.#zoom === STEPS.length - 1 ? -this.#zoom : 1)}>${icon('zoom')}</button>
          <button class="btn icon quiet" aria-label="${t('viewer.rotate')} (R)" title="${t('viewer.rotate')} (R)" @click=${this.#rotate}>${icon('rotate')}</button>
          <button class="btn icon quiet" aria-label=${t('close')} title=${t('close')} autofocus @click=${() => layer(null)}>${icon('x')}</button></span></div>
      <div class="vimg scroll" tabindex="0" role="group" aria-label=${t('viewer.picture')}>
        ${gone ? html`<p class="vgone">${icon('image')}${t(current.unsent ? 'message.unsent' : `media.${media.state}`)}</p>` : this.#inside(media)}</div>
      ${gone || media.identity ? nothing : this.#mark()}
      <div class="vside">
        ${media?.dueAt && !gone ? html`<div class="count"><span class="meta">${t('viewer.deleted-in')}</span><b class="num">${this.#left(media)}</b><span class="meta num">${longDay(media.dueAt)} ${clock(media.dueAt)}</span></div>` : nothing}
        ${media?.identity && !gone ? html`<p class="row">${icon('timer', 'sm')}<span class="meta">${t('viewer.closes')}</span> <span class="num" aria-hidden="true">${span(Math.max(0, Math.ceil(this.#untilClosed() / 1000)))}</span></p>` : nothing}
        <dl class="kv"><dt>${t('viewer.received')}</dt><dd class="num">${longDay(current.at)} ${clock(current.at)}</dd>
          ${media?.width && media.height ? html`<dt>${t('viewer.size')}</dt><dd class="num">${media.width} × ${media.height}</dd>` : nothing}
          <dt>${t('viewer.who')}</dt><dd>${state.me.displayName} (${state.me.name})</dd></dl>
        ${gone ? nothing : this.#verdicts(media)}
        <p class="meta read">${t('viewer.recorded')}</p>
      </div></dialog>`;
  }
}

customElements.define('ts-viewer', Viewer);
