import { html, nothing } from 'lit';
import { View, icon } from './view.js';
import { state, layer, trouble } from '../core/state.js';
import { post } from '../core/http.js';
import { openFolder } from '../core/inquiries.js';
import { everySecond, longDay, clock, now } from '../core/time.js';
import { t, lang } from '../core/words.js';

const MARKS = Array.from({ length: 12 });
const STEPS = [1, 1.5, 2, 3, 4];

/** One picture, large: zoom and turn by button or key. It closes when the customer takes the picture back. */
class Viewer extends View {
  static topics = ['layer', 'inquiry'];
  #zoom = 0;
  #turn = 0;
  #busy = false;

  connectedCallback() {
    super.connectedCallback();
    this.endTick = everySecond(() => state.layer?.name === 'viewer' && this.requestUpdate());
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.endTick();
  }

  updated() {
    const dialog = this.querySelector('dialog');
    if (dialog && !dialog.open) {
      this.#zoom = 0;
      this.#turn = 0;
      dialog.showModal();
    }
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

  /** Who looks and when, over the picture: a photograph of the screen tells whose screen it was. The bytes stay as they are. */
  #mark() {
    const mark = `${state.me.displayName} (${state.me.name}) ${longDay(new Date(now()).toISOString())} ${clock(now())}`;
    return html`<div class="vmark" aria-hidden="true">${MARKS.map(() => html`<span data-mark=${mark}></span>`)}</div>`;
  }

  render() {
    if (state.layer?.name !== 'viewer') return nothing;
    const { message, name } = state.layer.detail;
    const current = openFolder()?.messages.find((each) => each.id === message.id) ?? message;
    const { media } = current;
    const gone = current.unsent || media?.state !== 'ready';
    return html`<dialog class="viewer" aria-label=${t('viewer.title', { name })} @close=${() => layer(null)} @keydown=${this.#key} @contextmenu=${(event) => event.preventDefault()}>
      <div class="vtop">${icon('image')}<span class="strong clip">${t('viewer.title', { name: lang() === 'ja' ? `${name} 様` : name })}</span><span class="chip outlined">${t('viewer.only')}</span>
        <span class="end row"><button class="btn icon quiet" aria-label="${t('viewer.zoom')} (+)" title="${t('viewer.zoom')} (+)" @click=${() => this.#step(this.#zoom === STEPS.length - 1 ? -this.#zoom : 1)}>${icon('zoom')}</button>
          <button class="btn icon quiet" aria-label="${t('viewer.rotate')} (R)" title="${t('viewer.rotate')} (R)" @click=${this.#rotate}>${icon('rotate')}</button>
          <button class="btn icon quiet" aria-label=${t('close')} title=${t('close')} autofocus @click=${() => layer(null)}>${icon('x')}</button></span></div>
      <div class="vimg scroll" tabindex="0" role="group" aria-label=${t('viewer.picture')}>
        ${gone ? html`<p class="vgone">${icon('image')}${t(current.unsent ? 'message.unsent' : `media.${media.state}`)}</p>` : html`<img src=${media.url ?? `/api/media/${media.id}`} alt=${t('viewer.picture')} draggable="false" .style=${`transform: scale(${STEPS[this.#zoom]}) rotate(${this.#turn}deg)`}>`}</div>
      ${gone ? nothing : this.#mark()}
      <div class="vside">
        ${media?.dueAt && !gone ? html`<div class="count"><span class="meta">${t('viewer.deleted-in')}</span><b class="num">${this.#left(media)}</b><span class="meta num">${longDay(media.dueAt)} ${clock(media.dueAt)}</span></div>` : nothing}
        <dl class="kv"><dt>${t('viewer.received')}</dt><dd class="num">${longDay(current.at)} ${clock(current.at)}</dd>
          ${media?.width ? html`<dt>${t('viewer.size')}</dt><dd class="num">${media.width} × ${media.height}</dd>` : nothing}
          <dt>${t('viewer.who')}</dt><dd>${state.me.displayName} (${state.me.name})</dd></dl>
        ${gone ? nothing : this.#verdicts(media)}
        <p class="meta read">${t('viewer.recorded')}</p>
      </div></dialog>`;
  }
}

customElements.define('ts-viewer', Viewer);
