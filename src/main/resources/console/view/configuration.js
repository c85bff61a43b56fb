import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { View, icon } from './view.js';
import { forbidden, sections } from './sections.js';
import { plain } from './picker.js';
import { state } from '../core/state.js';
import { get } from '../core/http.js';
import { t } from '../core/words.js';

/** Every setting as the hub sees it, and where it stands; of a secret only whether there is one. */
class Configuration extends View {
  static topics = ['me'];
  #all = null;
  #query = '';
  #changed = false;
  #said = null;

  connectedCallback() {
    super.connectedCallback();
    this.#load();
  }

  async #load() {
    if (state.me.role !== 'admin') return;
    try {
      this.#all = await get('/admin/configuration');
      this.#said = null;
    } catch (error) {
      if (error.status !== 401) this.#said = `${t('trouble.configuration')}${error.id ? ` ${t('trouble.id', { id: error.id })}` : ''}`;
    }
    this.requestUpdate();
  }

  #value({ value, secret, given }) {
    if (secret) return html`<span class="chip">${icon('lock', 'xs')}${t(given ? 'configuration.secret' : 'configuration.no-secret')}</span>`;
    return value ? html`<span class="mono clip" title=${value}>${value}</span>` : html`<span class="meta">${t('configuration.empty')}</span>`;
  }

  #row(each) {
    return html`<tr><th scope="row" class="mono clip" title=${each.key}>${each.key}</th><td>${this.#value(each)}</td><td><span class="chip ${each.origin === 'default' ? '' : 'accent'}">${t(`configuration.${each.origin}`)}</span></td></tr>`;
  }

  render() {
    if (state.me.role !== 'admin') return forbidden('configuration.forbidden');
    const wanted = plain(this.#query.trim());
    const rows = (this.#all ?? []).filter((each) => (!this.#changed || each.origin !== 'default') && (!wanted || plain(`${each.key} ${each.value ?? ''}`).includes(wanted)));
    const seg = (changed, words) => html`<button aria-pressed=${this.#changed === changed} @click=${() => ((this.#changed = changed), this.requestUpdate())}>${words}</button>`;
    return html`<main id="main" class="admin settings" tabindex="-1">
      <section class="table" aria-labelledby="h-configuration"><div class="ahead">${sections('configuration')}<h1 id="h-configuration">${t('admin.configuration')}</h1><p class="body">${t('configuration.text')}</p>
          <div class="row"><div class="seg" role="group" aria-label=${t('configuration.which')}>${seg(false, t('configuration.all'))}${seg(true, t('configuration.changed'))}</div>
            <div class="pickfield grow">${icon('search', 'sm')}<input class="bare grow" aria-label=${t('configuration.search')} placeholder=${t('configuration.search')} .value=${this.#query} @input=${(event) => ((this.#query = event.target.value), this.requestUpdate())}></div><span class="meta num end">${this.#all ? t('configuration.count', { n: rows.length }) : ''}</span></div>
          <p role="status" class=${this.#said ? 'said bad' : 'sr'}>${this.#said ?? ''}</p></div>
        <div class="scroll tbox" tabindex="0" role="group" aria-label=${t('admin.configuration')}>
          <table><thead><tr>${['key', 'value', 'origin'].map((head) => html`<th scope="col">${t(`configuration.${head}`)}</th>`)}</tr></thead>
            <tbody>${repeat(rows, (each) => each.key, (each) => this.#row(each))}</tbody></table>
          ${this.#all && !rows.length ? html`<p class="none meta">${t('configuration.none')}</p>` : nothing}</div>
      </section></main>`;
  }
}

customElements.define('ts-configuration', Configuration);
