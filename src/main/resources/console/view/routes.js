import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { View, icon } from './view.js';
import { forbidden, sections } from './sections.js';
import { plain } from './picker.js';
import { state } from '../core/state.js';
import { get } from '../core/http.js';
import { t } from '../core/words.js';

const LOOK_AGAIN = 15_000;
const STARTED = 'started';

/** How a file stands: refused beats stopped beats all is well. */
const standing = (file) => (file.faults.length ? 'refused' : file.routes.some((route) => route.state !== STARTED) ? 'stopped' : 'runs');
const TONES = { refused: 'bad', stopped: 'warn', runs: 'ok' };

/** The files of routes on this node: what runs, in which version, and what does not. */
class Routes extends View {
  static topics = ['me'];
  #all = null;
  #hawtio = null;
  #chosen = null;
  #query = '';
  #said = null;

  connectedCallback() {
    super.connectedCallback();
    this.#load();
    this.timer = setInterval(() => this.#load(), LOOK_AGAIN);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  async #load() {
    if (!['admin', 'ops'].includes(state.me?.role)) return;
    try {
      const { files, hawtioPort, hawtioLocal } = await get('/admin/routes');
      this.#all = files;
      // What listens on the node itself only is reached from there, or through a tunnel to it.
      this.#hawtio = { url: `http://${hawtioLocal ? 'localhost' : location.hostname}:${hawtioPort}/hawtio`, local: hawtioLocal };
      this.#said = null;
    } catch (error) {
      if (error.status === 401 || error.code === 'offline') return;
      this.#said = `${t('trouble.routes')}${error.id ? ` ${t('trouble.id', { id: error.id })}` : ''}`;
    }
    this.requestUpdate();
  }

  #choose(file) {
    this.#chosen = file.file;
    this.requestUpdate();
  }

  #row(file, here) {
    const how = standing(file);
    return html`<tr aria-selected=${here} @click=${() => this.#choose(file)}>
      <td class="clip" title=${file.file}><button class="plainbtn mono" aria-pressed=${here}>${file.file.replace('.camel.yaml', '')}</button></td>
      <td><span class="chip ${TONES[how]}">${t(`routes.${how}`)}</span></td>
      <td>${t(`routes.kind.${file.kind}`)}${file.replaced ? html` <span class="chip accent tiny">${t('routes.replaced')}</span>` : nothing}</td>
      <td class="mono">${file.version ?? '–'}</td><td class="num figure">${file.routes.length}</td></tr>`;
  }

  #detail(file) {
    if (!file) return nothing;
    return html`<h2 class="mono">${file.file}</h2><p class="meta">${t(`routes.kind.${file.kind}.long`)}</p>
      ${file.faults.length ? html`<div class="cardbox"><h3>${t('routes.why')}</h3>${file.faults.map((fault) => html`<p class="words">${fault}</p>`)}<p class="meta">${t(file.version ? 'routes.before' : 'routes.nothing')}</p></div>` : nothing}
      <h3>${t('routes.routes')}</h3>
      ${file.routes.length ? html`<ul class="routelist" role="list">${file.routes.map(({ id, state: how }) => html`<li><span class="mono clip" title=${id}>${id}</span><span class="chip end ${how === STARTED ? 'ok' : 'warn'}">${how === STARTED ? t('routes.runs') : t('routes.is', { state: how })}</span></li>`)}</ul>` : html`<p class="meta">${t('routes.none-in')}</p>`}
      ${this.#hawtio ? html`<div class="row foot"><a class="btn" href=${this.#hawtio.url} target="_blank" rel="noopener noreferrer">${icon('ext')}${t('routes.hawtio')}</a></div>${this.#hawtio.local ? html`<p class="meta read">${t('routes.hawtio.local')}</p>` : nothing}` : nothing}`;
  }

  render() {
    if (!['admin', 'ops'].includes(state.me.role)) return forbidden('configuration.forbidden');
    const wanted = plain(this.#query.trim());
    const rows = (this.#all ?? []).filter((file) => !wanted || plain(`${file.file} ${file.routes.map((route) => route.id).join(' ')}`).includes(wanted));
    const chosen = rows.find((file) => file.file === this.#chosen) ?? rows.find((file) => standing(file) !== 'runs') ?? rows[0] ?? null;
    return html`<main id="main" class="admin routes" tabindex="-1">
      <section class="table" aria-labelledby="h-routes"><div class="ahead">${sections('routes')}<h1 id="h-routes">${t('admin.routes')}</h1><p class="body">${t('routes.text')}</p>
          <div class="row"><div class="pickfield grow">${icon('search', 'sm')}<input class="bare grow" aria-label=${t('routes.search')} placeholder=${t('routes.search')} .value=${this.#query} @input=${(event) => ((this.#query = event.target.value), this.requestUpdate())}></div>
            <button class="btn end" @click=${() => this.#load()}>${icon('refresh')}${t('failed.look')}</button></div>
          <p role="status" class=${this.#said ? 'said bad' : 'sr'}>${this.#said ?? ''}</p></div>
        <div class="scroll tbox" tabindex="0" role="group" aria-label=${t('admin.routes')}>
          <table><thead><tr>${['file', 'state', 'kind', 'version', 'number'].map((head) => html`<th scope="col" class=${head === 'number' ? 'figure' : ''}>${t(`routes.${head}`)}</th>`)}</tr></thead>
            <tbody>${repeat(rows, (file) => file.file, (file) => this.#row(file, file === chosen))}</tbody></table>
          ${this.#all && !rows.length ? html`<p class="none meta">${t('routes.none')}</p>` : nothing}</div>
      </section>
      <aside class="adetail" aria-label=${t('routes.detail')}>${this.#detail(chosen)}</aside></main>`;
  }
}

customElements.define('ts-routes', Routes);
