import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { View, icon, face, hue } from './view.js';
import { summaryFor } from './transfer-form.js';
import { state, layer } from '../core/state.js';
import { post } from '../core/http.js';
import { folderOf, refreshInquiry } from '../core/inquiries.js';
import { colleagues, refreshColleagues, teams } from '../core/colleagues.js';
import { saveAll } from '../core/drafts.js';
import { mine, refreshWorkspace } from '../core/workspace.js';
import { has, t } from '../core/words.js';

/** The end of a shift: everything one has open goes to the waiting line, a team or a person, each with a summary. */
class HandOver extends View {
  static topics = ['layer', 'workspace', 'inquiry', 'colleagues'];
  #summaries = new Map();
  #places = new Map();
  #left = new Map();
  #error = null;
  #busy = false;

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
    for (const { id } of mine()) if (!folderOf(id).version) refreshInquiry(id);
  }

  /** What its writer changed, or what can be said of it by itself. */
  #summary(id) {
    const { inquiry } = folderOf(id);
    return this.#summaries.get(id) ?? (inquiry ? summaryFor(inquiry) : '');
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#busy) return;
    this.#busy = true;
    this.#error = null;
    this.#left.clear();
    this.requestUpdate();
    try {
      await saveAll();
      const items = mine().map(({ id }) => {
        const [kind, to] = (this.#places.get(id) ?? '').split(/:(.*)/);
        return { inquiry: id, summary: this.#summary(id).trim(), ...(kind ? { [kind]: to } : {}) };
      });
      const { left } = await post('/me/hand-over', { items });
      for (const { inquiry, code } of left) this.#left.set(inquiry, code);
      await refreshWorkspace();
      for (const { inquiry } of items) refreshInquiry(inquiry);
      if (!left.length) layer(null);
    } catch (error) {
      this.#error = `act.${error.code === 'offline' ? 'offline' : 'failed'}`;
    } finally {
      this.#busy = false;
      this.requestUpdate();
    }
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
        ${colleagues().filter((one) => one.id !== state.me.id && one.presence !== 'away').map((one) => option(`operator:${one.id}`, `${one.displayName} ${one.load}/${one.capacity}`))}</select>
        ${left ? html`<p class="fielderror" role="alert">${icon('alert', 'sm')}<span>${t(has(`act.${left}`) ? `act.${left}` : 'act.failed')}</span></p>` : nothing}</div></li>`;
  }

  render() {
    if (state.layer?.name !== 'hand-over') return nothing;
    const all = mine();
    return html`<dialog class="keys handover" aria-labelledby="h-hand-over" @close=${() => layer(null)}><form class="kbox" @submit=${this.#submit}>
      <div class="vtop">${icon('swap')}<h2 id="h-hand-over" class="strong">${t('hand-over')}</h2><span class="meta clip">${t('hand-over.kept')}</span>
        <button type="button" class="btn icon quiet end" aria-label=${t('close')} autofocus @click=${() => layer(null)}>${icon('x')}</button></div>
      ${all.length ? html`<ul class="hrows scroll" role="list">${repeat(all, (each) => each.id, (each) => this.#row(each))}</ul>` : html`<p class="meta none">${t('hand-over.none')}</p>`}
      ${this.#error ? html`<p class="fielderror" role="alert">${icon('alert', 'sm')}<span>${t(this.#error)}</span></p>` : nothing}
      <div class="row foot"><span class="meta grow">${t('hand-over.away')}</span><button class="btn primary lg" aria-disabled=${this.#busy}>${icon('swap')}<span>${t(all.length ? 'hand-over.do' : 'hand-over.go', { n: all.length })}</span></button></div>
    </form></dialog>`;
  }
}

customElements.define('ts-hand-over', HandOver);
