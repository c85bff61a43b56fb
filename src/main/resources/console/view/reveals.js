import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { View, icon } from './view.js';
import { forbidden, sections } from './sections.js';
import { state } from '../core/state.js';
import { get } from '../core/http.js';
import { moment, now, span } from '../core/time.js';
import { t } from '../core/words.js';

/** Which auditors read what customers said: when, why, and for how long. */
class Reveals extends View {
  static topics = ['me'];
  #all = null;
  #more = false;
  #chosen = null;
  #said = null;

  connectedCallback() {
    super.connectedCallback();
    this.#load();
  }

  async #load(before = null) {
    if (state.me.role !== 'supervisor') return;
    try {
      const { reveals, part } = await get(`/reveals${before ? `?before=${encodeURIComponent(before)}` : ''}`);
      this.#all = before ? [...this.#all, ...reveals] : reveals;
      this.#more = reveals.length === part;
      this.#said = null;
    } catch (error) {
      if (error.status !== 401) this.#said = `${t('reveals.trouble')}${error.id ? ` ${t('trouble.id', { id: error.id })}` : ''}`;
    }
    this.requestUpdate();
  }

  #length({ at, until }) {
    return span((Date.parse(until) - Date.parse(at)) / 1000);
  }

  #row(each) {
    const here = each.id === this.#chosen?.id;
    const open = Date.parse(each.until) > now();
    return html`<tr aria-selected=${here} @click=${() => ((this.#chosen = each), this.requestUpdate())}>
      <td class="num"><button class="plainbtn" aria-pressed=${here}>${moment(each.at)}</button></td><td class="clip" title=${each.auditorName ?? each.auditor}>${each.auditorName ?? each.auditor}</td>
      <td class="num">${each.number ? `#${each.number}` : '–'}</td><td class="num">${open ? html`<span class="chip warn">${t('reveals.open')}</span>` : this.#length(each)}</td><td class="clip" title=${each.reason}>${each.reason}</td></tr>`;
  }

  #detail() {
    const each = this.#chosen;
    if (!each) return html`<p class="meta">${t('reveals.choose')}</p>`;
    return html`<h2>${t('audit.inquiry', { number: each.number ?? '–' })}</h2>
      <dl class="kv"><dt>${t('reveals.auditor')}</dt><dd>${each.auditorName ?? each.auditor}</dd><dt>${t('reveals.at')}</dt><dd class="num">${moment(each.at)}</dd>
        <dt>${t('reveals.until')}</dt><dd class="num">${moment(each.until)}</dd><dt>${t('reveals.length')}</dt><dd class="num">${this.#length(each)}</dd></dl>
      <div class="cardbox"><h3>${t('reveals.reason')}</h3><p class="words">${each.reason}</p></div>
      ${each.number ? html`<a class="btn" href="/inquiries/${each.inquiry}">${icon('chat')}${t('reveals.show')}</a>` : nothing}`;
  }

  render() {
    if (state.me.role !== 'supervisor') return forbidden('reveals.forbidden');
    return html`<main id="main" class="admin reveals" tabindex="-1">
      <section class="table" aria-labelledby="h-reveals"><div class="ahead">${sections('reveals')}<h1 id="h-reveals">${t('admin.reveals')}</h1><p class="body">${t('reveals.text')}</p>
          <p role="status" class=${this.#said ? 'said bad' : 'sr'}>${this.#said ?? ''}</p></div>
        <div class="scroll tbox" tabindex="0" role="group" aria-label=${t('admin.reveals')}>
          <table><thead><tr>${['at', 'auditor', 'inquiry', 'length', 'reason'].map((head) => html`<th scope="col">${t(`reveals.${head}`)}</th>`)}</tr></thead>
            <tbody>${repeat(this.#all ?? [], (each) => each.id, (each) => this.#row(each))}</tbody></table>
          ${this.#all && !this.#all.length ? html`<p class="none meta">${t('reveals.none')}</p>` : nothing}
          ${this.#more ? html`<p class="none"><button class="btn" @click=${() => this.#load(this.#all.at(-1).at)}>${t('audit.older')}</button></p>` : nothing}</div>
      </section>
      <aside class="adetail" tabindex="0" aria-label=${t('audit.row')}>${this.#detail()}</aside></main>`;
  }
}

customElements.define('ts-reveals', Reveals);
