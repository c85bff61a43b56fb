import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { View, icon, face, hue } from './view.js';
import { summaryFor } from './transfer-form.js';
import { state, layer } from '../core/state.js';
import { get, post } from '../core/http.js';
import { folderOf, refreshInquiry } from '../core/inquiries.js';
import { colleagues, refreshColleagues, teams } from '../core/colleagues.js';
import { saveAll } from '../core/drafts.js';
import { mine, refreshWorkspace } from '../core/workspace.js';
import { has, t } from '../core/words.js';

/**
 * The end of a shift: everything one has open goes to the waiting line, a team or a person, each with a summary. With a seat
 * in the layer's detail it is that person's shift, and a supervisor ends it.
 */
class HandOver extends View {
  static topics = ['layer', 'workspace', 'inquiry', 'colleagues'];
  #summaries = new Map();
  #places = new Map();
  #left = new Map();
  #error = null;
  #busy = false;
  /** What somebody else has open; null until it is there. */
  #theirs = null;

  #seat = () => state.layer?.detail?.seat ?? null;
  #all = () => (this.#seat() ? (this.#theirs ?? []) : mine());

  willUpdate() {
    const open = state.layer?.name === 'hand-over';
    if (open && !this.open) this.#begin();
    this.open = open;
  }

  updated() {
    const dialog = this.querySelector('dialog');
    if (dialog && !dialog.open) dialog.showModal();
  }

  #begin() {
    for (const kept of [this.#summaries, this.#places, this.#left]) kept.clear();
    this.#error = null;
    refreshColleagues().catch(() => {
      this.#error = 'transfer.not-loaded';
      this.requestUpdate();
    });
    this.#theirs = null;
    if (this.#seat()) this.#lookAt(this.#seat().id);
    else this.#warm();
  }

  #warm() {
    for (const { id } of this.#all()) if (!folderOf(id).version) refreshInquiry(id);
  }

  async #lookAt(id) {
    try {
      const found = await get(`/operators/${id}/inquiries`);
      if (this.#seat()?.id !== id) return;
      this.#theirs = found;
      this.#warm();
    } catch (error) {
      this.#error = `act.${error.code === 'offline' ? 'offline' : 'failed'}`;
    }
    this.requestUpdate();
  }

  /** What its writer changed, or what can be said of it by itself. */
  #summary(id) {
    const { inquiry } = folderOf(id);
    return this.#summaries.get(id) ?? (inquiry ? summaryFor(inquiry) : '');
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#busy) return;
    const seat = this.#seat();
    const why = this.querySelector('#hand-over-why')?.value.trim();
    this.#error = seat && !why ? 'house.words-needed' : null;
    if (this.#error) {
      this.requestUpdate();
      this.querySelector('#hand-over-why').focus();
      return;
    }
    this.#busy = true;
    this.#left.clear();
    this.requestUpdate();
    try {
      await saveAll();
      const items = this.#all().map(({ id }) => {
        const [kind, to] = (this.#places.get(id) ?? '').split(/:(.*)/);
        return { inquiry: id, summary: this.#summary(id).trim(), ...(kind ? { [kind]: to } : {}) };
      });
      const { left } = await (seat ? post(`/operators/${seat.id}/hand-over`, { items, why }) : post('/me/hand-over', { items }));
      for (const { inquiry, code } of left) this.#left.set(inquiry, code);
      await refreshWorkspace();
      for (const { inquiry } of items) refreshInquiry(inquiry);
      if (seat) this.#theirs = this.#theirs.filter(({ id }) => this.#left.has(id));
      if (!left.length) layer(null);
    } catch (error) {
      this.#error = `act.${error.code === 'offline' ? 'offline' : 'failed'}`;
    } finally {
      this.#busy = false;
      this.requestUpdate();
    }
  }

  #said() {
    if (this.#error !== 'house.words-needed') return;
    this.#error = null;
    this.requestUpdate();
  }

  #choose(id, value) {
    this.#places.set(id, value);
    this.#left.delete(id);
    this.requestUpdate();
  }

  #row(each) {
    const { id, customer } = each;
    const place = this.#places.get(id) ?? '';
    const left = this.#left.get(id);
    const option = (value, words) => html`<option value=${value} ?selected=${value === place}>${words}</option>`;
    return html`<li class=${hue(each)}>${face(customer.name)}<div class="who"><b class="clip" title=${customer.name}>${customer.name}</b><span class="meta clip">${each.topic ?? `#${each.number}`}</span>${each.state === 'HELD' ? html`<span class="chip tiny">${t('list.held')}</span>` : nothing}</div>
      <textarea class="area" rows="2" maxlength="5000" aria-label="${t('transfer.summary')}: ${customer.name}" .value=${this.#summary(id)} @input=${(event) => this.#summaries.set(id, event.target.value)}></textarea>
      <div><select class="field" aria-label="${t('transfer.to')}: ${customer.name}" @change=${(event) => this.#choose(id, event.target.value)}>
        ${option('', t('hand-over.line', { team: each.team ?? '' }))}
        ${teams().filter(({ team }) => team !== each.team).map(({ team }) => option(`team:${team}`, t('transfer.team', { team })))}
        ${colleagues().filter((one) => one.id !== (this.#seat()?.id ?? state.me.id) && one.presence !== 'away').map((one) => option(`operator:${one.id}`, `${one.displayName} ${one.load}/${one.capacity}`))}</select>
        ${left ? html`<p class="fielderror" role="alert">${icon('alert', 'sm')}<span>${t(has(`act.${left}`) ? `act.${left}` : 'act.failed')}</span></p>` : nothing}</div></li>`;
  }

  render() {
    if (state.layer?.name !== 'hand-over') return nothing;
    const all = this.#all();
    const seat = this.#seat();
    const unknown = seat && !this.#theirs;
    return html`<dialog class="keys handover" aria-labelledby="h-hand-over" @close=${() => layer(null)}><form class="kbox" @submit=${this.#submit} novalidate>
      <div class="vtop">${icon('swap')}<h2 id="h-hand-over" class="strong">${seat ? t('hand-over.of', { name: seat.displayName }) : t('hand-over')}</h2><span class="meta clip">${t('hand-over.kept')}</span>
        <button type="button" class="btn icon quiet end" aria-label=${t('close')} autofocus @click=${() => layer(null)}>${icon('x')}</button></div>
      ${all.length ? html`<ul class="hrows scroll" role="list">${repeat(all, (each) => each.id, (each) => this.#row(each))}</ul>` : html`<p class="meta none" aria-busy=${Boolean(unknown && !this.#error)}>${unknown ? '' : t(seat ? 'hand-over.none.of' : 'hand-over.none')}</p>`}
      ${seat && all.length ? html`<div class="why"><label for="hand-over-why">${t('hand-over.why', { name: seat.displayName })}</label><input id="hand-over-why" class="field" maxlength="200" required aria-invalid=${this.#error === 'house.words-needed'} @input=${this.#said}></div>` : nothing}
      ${this.#error ? html`<p class="fielderror" role="alert">${icon('alert', 'sm')}<span>${t(this.#error)}</span></p>` : nothing}
      <div class="row foot"><span class="meta grow">${t(seat ? 'hand-over.away.of' : 'hand-over.away', { name: seat?.displayName })}</span>${seat && !all.length ? nothing : html`<button class="btn primary lg" aria-disabled=${this.#busy}>${icon('swap')}<span>${seat ? t('hand-over.do.of', { n: all.length }) : t(all.length ? 'hand-over.do' : 'hand-over.go', { n: all.length })}</span></button>`}</div>
    </form></dialog>`;
  }
}

customElements.define('ts-hand-over', HandOver);
