import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { icon } from './view.js';
import { Records } from './records.js';
import { forbidden, sections } from './sections.js';
import { state } from '../core/state.js';
import { get, post } from '../core/http.js';
import { moment } from '../core/time.js';
import { has, t } from '../core/words.js';

const FIELDS = ['act', 'object', 'actor'];

/** Who saw or did what, and inquiries with the words masked until the glass is broken for a reason. */
class AuditPage extends Records {
  static topics = ['me'];
  #rows = null;
  #more = false;
  #wanted = { act: '', object: '', actor: '' };
  #chosen = null;
  #inquiry = null;
  #reason = '';

  connectedCallback() {
    super.connectedCallback();
    this.#load();
  }

  async #load(before = null) {
    const query = new URLSearchParams(Object.entries(this.#wanted).filter(([, value]) => value.trim()));
    if (before) query.set('before', before);
    try {
      const { rows } = await get(`/audit?${query}`);
      this.#rows = before ? [...this.#rows, ...rows] : rows;
      this.#more = rows.length === 200;
      this.said = null;
    } catch (error) {
      if (error.status !== 401) this.say('bad', t('audit.trouble'), error);
    }
    this.requestUpdate();
  }

  #look(event) {
    event.preventDefault();
    this.#load();
  }

  #choose(row) {
    this.#chosen = row;
    this.#inquiry = null;
    this.#reason = '';
    this.requestUpdate();
  }

  async #open(id) {
    try {
      this.#inquiry = await get(`/audit/inquiries/${encodeURIComponent(id)}`);
    } catch (error) {
      this.say('bad', t('audit.trouble'), error);
    }
    this.requestUpdate();
  }

  #reveal(event) {
    event.preventDefault();
    return this.act(async () => {
      this.#inquiry = await post(`/audit/inquiries/${encodeURIComponent(this.#inquiry.inquiry)}/reveal`, { reason: this.#reason });
      this.#reason = '';
      this.said = null;
    }, (error) => [t(error.code === 'reason' ? 'audit.reason-short' : 'audit.trouble'), error]);
  }

  #row(row) {
    const here = row.id === this.#chosen?.id;
    return html`<tr aria-selected=${here} @click=${() => this.#choose(row)}>
      <td class="num"><button class="plainbtn" aria-pressed=${here}>${moment(row.at)}</button></td><td class="clip" title=${row.act}>${row.act}</td><td class="clip mono" title=${row.object}>${row.object}</td>
      <td class="clip" title=${row.actor}>${row.actorName ?? row.actor}</td><td>${has(`audit.outcome.${row.outcome}`) ? t(`audit.outcome.${row.outcome}`) : row.outcome}</td></tr>`;
  }

  #detail(row) {
    if (!row) return html`<p class="meta">${t('audit.choose')}</p>`;
    const id = /^inquiry\/([\w-]+)$/.exec(row.object)?.[1] ?? row.detail?.inquiry ?? null;
    return html`<h2 class="clip">${row.act}</h2>
      <dl class="kv"><dt>${t('audit.at')}</dt><dd class="num">${moment(row.at)}</dd><dt>${t('audit.actor')}</dt><dd>${row.actorName ?? row.actor}</dd><dt>${t('audit.object')}</dt><dd class="mono">${row.object}</dd>
        <dt>${t('audit.origin')}</dt><dd class="num">${row.origin ?? '–'}</dd><dt>${t('audit.position')}</dt><dd class="num">${row.position ?? t('audit.unsealed')}</dd></dl>
      ${row.detail ? html`<div class="cardbox"><h3>${t('audit.detail')}</h3><p class="words mono">${JSON.stringify(row.detail)}</p></div>` : nothing}
      ${id && !this.#inquiry ? html`<button class="btn" @click=${() => this.#open(id)}>${icon('eye')}${t('audit.open')}</button>` : nothing}
      ${this.#inquiry ? this.#transcript() : nothing}`;
  }

  #transcript() {
    const { number, revealedUntil, messages } = this.#inquiry;
    return html`<div class="cardbox"><h3>${t('audit.inquiry', { number })}</h3>
        <p class="meta">${revealedUntil ? t('audit.revealed', { time: moment(revealedUntil) }) : t('audit.masked')}</p>
        ${repeat(messages, (each) => each.seq, (each) => html`<p class="words"><span class="meta num">${moment(each.at)} · ${has(`audit.sender.${each.sender}`) ? t(`audit.sender.${each.sender}`) : each.sender}</span><br>${each.unsent ? this.#takenBack(each) : each.sender === 'SYSTEM' ? this.#happened(each.text ?? '') : (each.text ?? `[${each.type}]`)}${each.earlier.map((version) => html`<br><span class="meta">${t('audit.earlier', { time: moment(version.writtenAt) })}</span> ${version.text}`)}</p>`)}</div>
      ${revealedUntil ? nothing : html`<form class="aform" @submit=${this.#reveal} novalidate><label for="audit-reason">${t('audit.reason')}</label>
        <textarea id="audit-reason" class="area" maxlength="2000" required .value=${this.#reason} @input=${(event) => (this.#reason = event.target.value)}></textarea>
        <p class="meta read">${t('audit.reveal.text')}</p><div class="row"><button class="btn primary" aria-disabled=${this.busy}>${t('audit.reveal')}</button></div></form>`}`;
  }

  #takenBack({ text, writtenAt, withheldMedia }) {
    const kept = [text ? `${t('audit.withheld')} ${text}` : '', text && writtenAt ? t('audit.written', { time: moment(writtenAt) }) : '', withheldMedia ? t('audit.withheld.media') : ''].filter(Boolean);
    return kept.length ? kept.join(' ') : t('audit.unsent');
  }

  /** What the hub noted: a code, and perhaps whom. */
  #happened(text) {
    const [code, who] = text.split(':');
    if (who && has(`event.${code}.who`)) return t(`event.${code}.who`, { who });
    return has(`event.${code}`) ? t(`event.${code}`) : text;
  }

  render() {
    if (state.me.role !== 'auditor') return forbidden('failed.forbidden');
    return html`<main id="main" class="admin audit" tabindex="-1">
      <section class="table" aria-labelledby="h-audit"><div class="ahead">${sections('audit')}<h1 id="h-audit">${t('admin.audit')}</h1><p class="body">${t('audit.text')}</p>
          <form class="row" @submit=${this.#look}>${FIELDS.map((field) => html`<input class="field" aria-label=${t(`audit.${field}`)} placeholder=${t(`audit.${field}`)} autocomplete="off" .value=${this.#wanted[field]} @input=${(event) => (this.#wanted[field] = event.target.value)}>`)}
            <button class="btn">${icon('search')}${t('audit.look')}</button></form>
          ${this.saying()}</div>
        <div class="scroll tbox" tabindex="0" role="group" aria-label=${t('admin.audit')}>
          <table><thead><tr>${['at', 'act', 'object', 'actor', 'outcome'].map((head) => html`<th scope="col">${t(`audit.${head}`)}</th>`)}</tr></thead>
            <tbody>${repeat(this.#rows ?? [], (row) => row.id, (row) => this.#row(row))}</tbody></table>
          ${this.#rows && !this.#rows.length ? html`<p class="none meta">${t('audit.none')}</p>` : nothing}
          ${this.#more ? html`<p class="none"><button class="btn" @click=${() => this.#load(this.#rows.at(-1).seq)}>${t('audit.older')}</button></p>` : nothing}</div>
      </section>
      <aside class="adetail" tabindex="0" aria-label=${t('audit.row')}>${this.#detail(this.#chosen)}</aside></main>`;
  }
}

customElements.define('ts-audit', AuditPage);
