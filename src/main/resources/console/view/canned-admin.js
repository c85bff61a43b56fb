import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { icon } from './view.js';
import { Records } from './records.js';
import { forbidden, sections } from './sections.js';
import { state } from '../core/state.js';
import { call, get, put } from '../core/http.js';
import { plain } from './picker.js';
import { t } from '../core/words.js';

const FIELDS = ['shortcut', 'language', 'team', 'title', 'reading', 'body'];
const FRESH = { id: null, shortcut: '', language: 'ja', team: '', title: '', reading: '', body: '', uses: 0 };

/** The canned answers: everybody's, by language and team; supervisors and admins change them. */
class CannedAdmin extends Records {
  static topics = ['me'];
  #all = null;
  #query = '';
  form = FRESH;

  connectedCallback() {
    super.connectedCallback();
    this.#load();
  }

  async #load() {
    try {
      this.#all = await get('/canned');
    } catch (error) {
      if (error.status !== 401) this.say('bad', t('trouble.canned'), error);
    }
    this.requestUpdate();
  }

  #choose(each) {
    this.form = { ...each, team: each.team ?? '' };
    this.said = null;
    this.requestUpdate();
  }

  #save(event) {
    event.preventDefault();
    return this.act(async () => {
      const kept = await put('/canned', Object.fromEntries(FIELDS.map((field) => [field, this.form[field].trim()])));
      await this.#load();
      this.#choose(this.#all.find((each) => each.id === kept.id));
      this.say('ok', t('canned.saved'));
    }, (error) => [t(error.code === 'canned' ? 'canned.refused' : 'canned.not-saved'), error]);
  }

  #remove() {
    return this.act(async () => {
      await call('DELETE', `/canned/${this.form.id}`);
      await this.#load();
      this.#choose(FRESH);
      this.say('ok', t('canned.removed'));
    }, (error) => [t('canned.not-saved'), error]);
  }

  #row(each) {
    const here = each.id === this.form.id;
    return html`<tr aria-selected=${here} @click=${() => this.#choose(each)}>
      <td><button class="plainbtn mono" aria-pressed=${here}>/${each.shortcut}</button></td><td>${each.language}</td><td class="clip">${each.title}</td><td class="clip">${each.team ?? t('canned.everybody')}</td><td class="num figure">${each.uses}</td></tr>`;
  }

  #field(field, { lines = 0, most, fixed = false } = {}) {
    const name = `canned-${field}`;
    const value = this.form[field];
    return html`<label for=${name}>${t(`canned.${field}`)}</label>${lines
      ? html`<textarea id=${name} class="area tall" maxlength=${most} required .value=${value} @input=${(event) => this.edit(field, event.target.value)}></textarea>`
      : html`<input id=${name} class="field" maxlength=${most} ?readonly=${fixed} ?required=${['shortcut', 'language', 'title'].includes(field)} autocomplete="off" .value=${value} @input=${(event) => this.edit(field, event.target.value)}>`}`;
  }

  render() {
    if (state.me.role === 'operator') return forbidden('failed.forbidden');
    const wanted = plain(this.#query.trim());
    const rows = (this.#all ?? []).filter((each) => !wanted || plain(`${each.shortcut} ${each.title} ${each.reading} ${each.body} ${each.team ?? ''} ${each.language}`).includes(wanted));
    const known = Boolean(this.form.id);
    return html`<main id="main" class="admin canned" tabindex="-1">
      <section class="table" aria-labelledby="h-canned"><div class="ahead">${sections('canned')}<h1 id="h-canned">${t('admin.canned')}</h1><p class="body">${t('canned.text')}</p>
          <div class="row"><div class="pickfield grow">${icon('search', 'sm')}<input class="bare grow" aria-label=${t('canned.search')} placeholder=${t('canned.search')} .value=${this.#query} @input=${(event) => ((this.#query = event.target.value), this.requestUpdate())}></div>
            <button class="btn" @click=${() => (this.#choose(FRESH), this.querySelector('#canned-shortcut')?.focus())}>${icon('plus')}${t('canned.new')}</button></div>
          ${this.saying()}</div>
        <div class="scroll tbox" tabindex="0" role="group" aria-label=${t('admin.canned')}>
          <table><thead><tr>${['shortcut', 'language', 'title', 'team', 'uses'].map((head) => html`<th scope="col" class=${head === 'uses' ? 'figure' : ''}>${t(`canned.${head}`)}</th>`)}</tr></thead>
            <tbody>${repeat(rows, (each) => each.id, (each) => this.#row(each))}</tbody></table>
          ${this.#all && !rows.length ? html`<p class="none meta">${this.#all.length ? t('canned.none') : t('canned.empty')}</p>` : nothing}</div>
      </section>
      <aside class="adetail" aria-label=${t('canned.form')}><form class="aform" @submit=${this.#save} novalidate>
        <h2>${known ? `/${this.form.shortcut}` : t('canned.new')}</h2>
        ${this.#field('shortcut', { most: 40, fixed: known })}${this.#field('language', { most: 16, fixed: known })}${this.#field('team', { most: 64, fixed: known })}
        ${this.#field('title', { most: 120 })}${this.#field('reading', { most: 200 })}${this.#field('body', { lines: 6, most: 5000 })}
        <p class="meta read">${t('canned.places')}</p>
        <div class="row foot"><button class="btn primary lg" aria-disabled=${this.busy}>${t('canned.save')}</button>${known ? html`<button type="button" class="btn lg" aria-disabled=${this.busy} @click=${() => this.#remove()}>${icon('x')}${t('canned.remove')}</button>` : nothing}</div>
      </form></aside></main>`;
  }
}

customElements.define('ts-canned-admin', CannedAdmin);
