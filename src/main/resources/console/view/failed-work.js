import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { View, icon } from './view.js';
import { forbidden, sections } from './sections.js';
import { state } from '../core/state.js';
import { dismissFailed, failedWork, refreshFailed, retryFailed } from '../core/failed.js';
import { moment } from '../core/time.js';
import { has, t } from '../core/words.js';

const KINDS = ['event', 'delivery', 'salesforce'];
const LOOK_AGAIN = 15_000;

/** What was set aside after its last try, with the button that tries once more. */
class FailedWork extends View {
  static topics = ['failed', 'me'];
  #kind = null;
  #chosen = null;
  #busy = null;
  #said = null;

  connectedCallback() {
    super.connectedCallback();
    refreshFailed();
    this.timer = setInterval(refreshFailed, LOOK_AGAIN);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  #filter(kind) {
    this.#kind = kind;
    this.requestUpdate();
  }

  #choose(row) {
    this.#chosen = `${row.kind}/${row.id}`;
    this.#said = null;
    this.requestUpdate();
  }

  #retry = (row) => this.#act(row, retryFailed, 'retried');
  #dismiss = (row) => this.#act(row, dismissFailed, 'dismissed');

  async #act(row, doing, word) {
    if (this.#busy) return;
    this.#busy = row.id;
    this.requestUpdate();
    try {
      await doing(row);
      this.#said = { tone: 'ok', text: t(`failed.${word}`) };
    } catch (error) {
      this.#said = { tone: 'bad', text: `${t(`failed.not-${word}`)}${error.id ? ` ${t('trouble.id', { id: error.id })}` : ''}` };
    } finally {
      this.#busy = null;
      this.requestUpdate();
    }
  }

  #key(event, rows) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || event.altKey) return;
    event.preventDefault();
    const at = rows.findIndex((row) => `${row.kind}/${row.id}` === this.#chosen);
    this.#choose(rows[Math.max(0, Math.min(rows.length - 1, at + by))]);
    this.updateComplete.then(() => this.querySelector('tr[aria-selected="true"] button')?.focus());
  }

  #words = (row) => (has(`failed.what.${row.what}`) ? t(`failed.what.${row.what}`) : row.what);

  /** Why it stopped, in this person's words where there are some for it; what LINE or Salesforce said stands in the detail. */
  #why(row) {
    const code = /^[A-Z][A-Z_]{3,}/.exec(row.error ?? '')?.[0];
    return [`delivery.cause.${row.cause}`, `failed.code.${code}`].filter(has).map((key) => t(key))[0] ?? row.error ?? '–';
  }

  #row(row) {
    const here = `${row.kind}/${row.id}` === this.#chosen;
    return html`<tr aria-selected=${here} @click=${() => this.#choose(row)}>
      <td><button class="plainbtn" tabindex=${here ? 0 : -1} aria-pressed=${here}>${t(`failed.kind.${row.kind}`)}</button></td>
      <td class="clip" title=${this.#words(row)}>${this.#words(row)}</td><td class="clip" title=${row.error ?? ''}>${this.#why(row)}</td><td class="clip">${row.customer ?? '–'}</td>
      <td class="num">${row.inquiryNumber ? `#${row.inquiryNumber}` : '–'}</td><td class="num">${moment(row.since)}</td><td class="num figure">${row.tries}</td></tr>`;
  }

  #detail(row) {
    if (!row) return html`<p class="meta">${t('failed.choose')}</p>`;
    return html`<h2 class="clip">${row.customer ?? this.#words(row)}</h2><p class="meta num">${t(`failed.kind.${row.kind}`)} · ${row.id}</p>
      <div class="cardbox"><h3>${t('failed.why')}</h3><p class="words">${this.#why(row)}</p>${this.#why(row) === (row.error ?? '–') ? nothing : html`<p class="words meta mono">${row.error}</p>`}</div>
      <dl class="kv"><dt>${t('failed.what')}</dt><dd>${this.#words(row)}</dd><dt>${t('failed.inquiry')}</dt><dd class="num">${row.inquiryNumber ? `#${row.inquiryNumber}` : '–'}</dd>
        <dt>${t('failed.since')}</dt><dd class="num">${moment(row.since)}</dd><dt>${t('failed.tries')}</dt><dd class="num">${row.tries}</dd></dl>
      ${row.kind === 'delivery' ? html`<p class="meta read">${t('failed.dismiss.why')}</p>` : nothing}
      ${row.kind === 'event' ? html`<p class="meta read">${t('failed.order')}</p>` : nothing}
      <div class="row foot"><button class="btn primary lg" aria-disabled=${Boolean(this.#busy)} @click=${() => this.#retry(row)}>${icon('refresh')}${t('failed.retry')}</button>
        ${row.kind === 'delivery' ? html`<button class="btn lg" aria-disabled=${Boolean(this.#busy)} @click=${() => this.#dismiss(row)}>${icon('x')}${t('failed.dismiss')}</button>` : nothing}<button class="btn lg" @click=${() => navigator.clipboard.writeText(row.id)}>${icon('copy')}${t('failed.copy')}</button></div>`;
  }

  render() {
    if (state.me.role === 'operator') return forbidden('failed.forbidden');
    const all = failedWork();
    const rows = (all ?? []).filter((row) => !this.#kind || row.kind === this.#kind);
    const chosen = rows.find((row) => `${row.kind}/${row.id}` === this.#chosen) ?? rows[0] ?? null;
    this.#chosen = chosen ? `${chosen.kind}/${chosen.id}` : null;
    const tally = (kind) => (all ?? []).filter((row) => row.kind === kind).length;
    const seg = (kind, words, n) => html`<button aria-pressed=${this.#kind === kind} @click=${() => this.#filter(kind)}>${words} ${n}</button>`;
    return html`<main id="main" class="admin failed" tabindex="-1">
      <section class="table" aria-labelledby="h-failed"><div class="ahead">${sections('failed')}<h1 id="h-failed">${t('failed.title')}</h1><p class="body">${t('failed.text')}</p><p class="meta read">${t('failed.redelivery')}</p>
          <div class="row"><div class="seg" role="group" aria-label=${t('failed.kinds')}>${seg(null, t('failed.all'), all?.length ?? '')}${KINDS.map((kind) => seg(kind, t(`failed.kind.${kind}`), tally(kind)))}</div>
            <button class="btn end" @click=${refreshFailed}>${icon('refresh')}${t('failed.look')}</button></div>
          <p role="status" class=${this.#said ? `said ${this.#said.tone}` : 'sr'}>${this.#said?.text ?? ''}</p></div>
        <div class="scroll tbox" tabindex="0" role="group" aria-label=${t('failed.title')}>
          <table @keydown=${(event) => this.#key(event, rows)}><thead><tr>${['kind', 'what', 'why', 'customer', 'inquiry', 'since', 'tries'].map((head) => html`<th scope="col" class=${head === 'tries' ? 'figure' : ''}>${t(`failed.${head}`)}</th>`)}</tr></thead>
            <tbody>${repeat(rows, (row) => `${row.kind}/${row.id}`, (row) => this.#row(row))}</tbody></table>
          ${all && !rows.length ? html`<p class="none meta">${t('failed.none')}</p>` : nothing}</div>
      </section>
      <aside class="adetail" aria-label=${t('failed.detail')}>${all ? this.#detail(chosen) : nothing}</aside></main>`;
  }
}

customElements.define('ts-failed-work', FailedWork);
