import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { icon } from './view.js';
import { Records } from './records.js';
import { forbidden, sections } from './sections.js';
import { state } from '../core/state.js';
import { get, post } from '../core/http.js';
import { t } from '../core/words.js';

const OPEN = ['PROPOSED', 'REFUSED'];
const REFUSALS = ['title', 'body', 'unseen', 'card', 'decided'];

/** Articles that are missing: what the bot could not answer. An editor writes the article and sends it, or does not want it. */
class Proposals extends Records {
  static topics = ['me'];
  #all = null;
  #chosen = null;

  connectedCallback() {
    super.connectedCallback();
    this.#load();
  }

  async #load() {
    try {
      this.#all = await get('/proposals');
    } catch (error) {
      if (error.status !== 401) this.say('bad', t('proposals.not-loaded'), error);
    }
    this.requestUpdate();
  }

  #choose(each) {
    this.#chosen = each;
    this.form = each && { title: each.title ?? (each.question ?? '').replace(/\s+/g, ' ').slice(0, 255), body: each.body ?? each.answer ?? '', seen: false };
    this.said = null;
    this.requestUpdate();
  }

  #decide(act, body) {
    return this.act(async () => {
      await post(`/proposals/${this.#chosen.id}/${act}`, body);
      await this.#load();
      this.#choose(null);
      this.say('ok', t(act === 'approve' ? 'proposals.approved' : 'proposals.rejected'));
    }, (error) => [t(REFUSALS.includes(error.code) ? `proposals.refused.${error.code}` : 'proposals.not-decided'), error]);
  }

  #send(event) {
    event.preventDefault();
    if (this.form.seen) this.#decide('approve', this.form);
    else this.say('bad', t('proposals.refused.unseen'));
  }

  #row(each) {
    const here = each.id === this.#chosen?.id;
    return html`<tr aria-selected=${here} @click=${() => this.#choose(each)}>
      <td class="clip"><button class="plainbtn clip" aria-pressed=${here} lang=${each.language}>${each.title ?? each.question ?? t('proposals.gone')}</button></td>
      <td>${each.language}</td><td>${t(`proposals.${each.answer ? 'answered' : 'unanswered'}`)}</td><td class="num figure">${each.asked}</td>
      <td>${t(`proposals.state.${each.state}`)}</td></tr>`;
  }

  #detail() {
    const each = this.#chosen;
    if (!each) return html`<aside class="adetail" aria-label=${t('proposals.form')}><p class="meta read pad">${t('proposals.choose')}</p></aside>`;
    if (!OPEN.includes(each.state)) {
      return html`<aside class="adetail" aria-label=${t('proposals.form')}><div class="aform"><h2 lang=${each.language}>${each.title ?? each.question}</h2>
        <p class="body">${t(`proposals.about.${each.state}`)}</p>${each.record ? html`<p class="meta mono">${each.record}</p>` : nothing}${each.error ? html`<p class="meta">${each.error}</p>` : nothing}</div></aside>`;
    }
    return html`<aside class="adetail" aria-label=${t('proposals.form')}><form class="aform" @submit=${this.#send} novalidate>
      <h2>${t('proposals.form')}</h2>
      ${each.error ? html`<p class="said bad">${t('proposals.error', { error: each.error })}</p>` : nothing}
      ${each.question ? html`<p class="meta read">${t('proposals.question')}</p><p class="body" lang=${each.language}>${each.question}</p>` : nothing}
      <label for="proposal-title">${t('proposals.title')}</label>
      <input id="proposal-title" class="field" maxlength="255" required autocomplete="off" .value=${this.form.title} @input=${(event) => this.edit('title', event.target.value)}>
      <label for="proposal-body">${t('proposals.body')}</label>
      <textarea id="proposal-body" class="area tall" maxlength="30000" required .value=${this.form.body} @input=${(event) => this.edit('body', event.target.value)}></textarea>
      <label class="row" for="proposal-seen"><input id="proposal-seen" type="checkbox" .checked=${this.form.seen} @change=${(event) => this.edit('seen', event.target.checked)}><span class="grow">${t('proposals.seen')}</span></label>
      <div class="row foot"><button class="btn primary lg" aria-disabled=${this.busy}>${t('proposals.approve')}</button><button type="button" class="btn lg" aria-disabled=${this.busy} @click=${() => this.#decide('reject', {})}>${icon('x')}${t('proposals.reject')}</button></div>
    </form></aside>`;
  }

  render() {
    if (state.me.role === 'operator') return forbidden('failed.forbidden');
    return html`<main id="main" class="admin proposals" tabindex="-1">
      <section class="table" aria-labelledby="h-proposals"><div class="ahead">${sections('proposals')}<h1 id="h-proposals">${t('admin.proposals')}</h1><p class="body">${t('proposals.text')}</p>
          ${this.saying()}</div>
        <div class="scroll tbox" tabindex="0" role="group" aria-label=${t('admin.proposals')}>
          <table><thead><tr>${['title', 'language', 'source', 'asked', 'state'].map((head) => html`<th scope="col" class=${head === 'asked' ? 'figure' : ''}>${t(`proposals.head.${head}`)}</th>`)}</tr></thead>
            <tbody>${repeat(this.#all ?? [], (each) => each.id, (each) => this.#row(each))}</tbody></table>
          ${this.#all && !this.#all.length ? html`<p class="none meta">${t('proposals.none')}</p>` : nothing}</div>
      </section>
      ${this.#detail()}</main>`;
  }
}

customElements.define('ts-proposals', Proposals);
