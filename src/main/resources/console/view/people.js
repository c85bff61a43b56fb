import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { icon } from './view.js';
import { Records } from './records.js';
import { forbidden, sections } from './sections.js';
import { state } from '../core/state.js';
import { call, get, post, put } from '../core/http.js';
import { moment } from '../core/time.js';
import { has, t } from '../core/words.js';

const ROLES = ['operator', 'supervisor', 'admin', 'auditor', 'ops'];
const PART = 50;
const FRESH = { id: null, name: '', displayName: '', nickname: '', role: 'operator', language: 'ja', zone: 'Asia/Tokyo', team: '', skills: '', languages: 'ja', capacity: 6 };

/** The people: who may sign in, as what, and by which link they come in. Administrators change them. */
class People extends Records {
  static topics = ['me'];
  #page = null;
  #query = '';
  form = FRESH;
  #chosen = null;
  #link = null;

  connectedCallback() {
    super.connectedCallback();
    this.#load(0);
  }

  async #load(offset) {
    if (state.me.role !== 'admin') return;
    const query = this.#query.trim();
    try {
      const page = await get(`/admin/people?q=${encodeURIComponent(query)}&offset=${offset}&limit=${PART}`);
      // An answer that was overtaken by the next letter is not shown.
      if (query === this.#query.trim()) this.#page = page;
    } catch (error) {
      if (error.status !== 401) this.say('bad', t('people.not-loaded'), error);
    }
    this.requestUpdate();
  }

  #choose(person) {
    this.#chosen = person;
    this.form = person ? { ...person, nickname: person.nickname ?? '', team: person.team ?? '', skills: person.skills.join(', '), languages: person.languages.join(', '), capacity: person.capacity ?? FRESH.capacity } : FRESH;
    this.#link = null;
    this.said = null;
    this.requestUpdate();
  }

  /** Does something with the hub, shows what became of it, and reads the list again. */
  #change(done, change) {
    this.act(
      async () => {
        const person = await change();
        await this.#load(this.#page?.offset ?? 0);
        const link = this.#link;
        if (person) this.#choose(person);
        this.#link = link;
        this.say('ok', t(done));
      },
      (error) => {
        // What is wrong with a field is said by the hub, which knows its rules.
        if (error.code === 'person') return [error.message];
        const words = `people.${error.code}`;
        return has(words) ? [t(words)] : [t('people.not-done'), error];
      },
    );
  }

  #save(event) {
    event.preventDefault();
    const words = (text) => text.split(/[,、\s]+/).filter(Boolean);
    const { id, name, displayName, nickname, role, language, zone, team, skills, languages, capacity } = this.form;
    const body = { displayName, nickname, role, language, zone, team, skills: words(skills), languages: words(languages), capacity: Number(capacity) };
    this.#link = null;
    if (id) this.#change('people.saved', () => put(`/admin/people/${id}`, body));
    else
      this.#change('people.added', async () => {
        const person = await post('/admin/people', { name, ...body });
        try {
          this.#link = await post(`/admin/people/${person.id}/invitation`);
        } catch (error) {
          await this.#load(0);
          this.#choose(person);
          throw Object.assign(error, { code: 'no-link' });
        }
        return { ...person, invitedUntil: this.#link.endsAt };
      });
  }

  #invite() {
    const person = this.#chosen;
    this.#change('people.invited', async () => {
      this.#link = await post(`/admin/people/${person.id}/invitation`);
      return { ...person, invitedUntil: this.#link.endsAt };
    });
  }

  #revoke() {
    const person = this.#chosen;
    this.#link = null;
    this.#change('people.revoked', async () => {
      await call('DELETE', `/admin/people/${person.id}/invitation`);
      return { ...person, invitedUntil: null };
    });
  }

  #row(person) {
    const here = person.id === this.#chosen?.id;
    return html`<tr aria-selected=${here} @click=${() => this.#choose(person)}>
      <td><button class="plainbtn" aria-pressed=${here}>${person.name}</button></td><td class="clip" title=${person.displayName}>${person.displayName}</td><td class="clip">${t(`role.${person.role}`)}</td>
      <td class="clip" title=${person.team ?? ''}>${person.team ?? '–'}</td><td>${this.#state(person)}</td><td class="num">${person.lastSeen ? moment(person.lastSeen) : '–'}</td></tr>`;
  }

  #state(person) {
    const tone = { active: 'ok', invited: 'warn', disabled: 'off', unused: 'warn' }[person.state];
    return html`<span class="row tight"><span class="dot ${tone}"></span>${t(`people.state.${person.state}`)}</span>`;
  }

  #text(field, { most, fixed = false, type = 'text' } = {}) {
    const id = `people-${field}`;
    return html`<label for=${id}>${t(`people.${field}`)}</label><input id=${id} class="field" type=${type} maxlength=${most ?? nothing} ?readonly=${fixed} autocomplete="off" autocapitalize="none" spellcheck="false" .value=${String(this.form[field])} @input=${(event) => this.edit(field, event.target.value)}>`;
  }

  #pick(field, values, words) {
    const id = `people-${field}`;
    return html`<label for=${id}>${t(`people.${field}`)}</label><select id=${id} class="field" @change=${(event) => this.edit(field, event.target.value)}>${values.map((value) => html`<option value=${value} ?selected=${value === this.form[field]}>${words(value)}</option>`)}</select>`;
  }

  /** The link stands here until something else is done: the hub keeps only its digest. */
  #invitation() {
    if (!this.#link) return nothing;
    return html`<div class="cardbox" id="invitation"><h3>${t('people.link')}</h3><p class="mono words" translate="no">${this.#link.address}</p><p class="meta read">${t('people.link.text', { time: moment(this.#link.endsAt) })}</p>
      <button type="button" class="btn" @click=${() => navigator.clipboard.writeText(this.#link.address)}>${icon('copy')}${t('people.link.copy')}</button></div>`;
  }

  #acts(person) {
    const act = (word, mark, run) => html`<button type="button" class="btn" aria-disabled=${this.busy} @click=${run}>${icon(mark)}${t(word)}</button>`;
    const { id } = person;
    return html`<dl class="kv"><dt>${t('people.state')}</dt><dd>${this.#state(person)}</dd>
        ${person.invitedUntil ? html`<dt>${t('people.invited-until')}</dt><dd class="num">${moment(person.invitedUntil)}</dd>` : nothing}
        ${person.lockedUntil ? html`<dt>${t('people.locked-until')}</dt><dd class="num">${moment(person.lockedUntil)}</dd>` : nothing}
        <dt>${t('people.second-factor')}</dt><dd>${t(person.secondFactor ? 'people.second-factor.set' : 'people.second-factor.none')}</dd></dl>
      ${person.bySettings ? html`<p class="meta read">${t('people.by-settings')}</p>` : nothing}
      <div class="row does">${act(person.state === 'invited' ? 'people.invite' : 'people.invite-anew', 'user', () => this.#invite())}
        ${person.invitedUntil ? act('people.revoke', 'x', () => this.#revoke()) : nothing}
        ${person.secondFactor && id !== state.me.id ? act('people.take-factor', 'shield', () => this.#change('people.factor-taken', () => call('DELETE', `/admin/people/${id}/second-factor`))) : nothing}
        ${person.state === 'disabled' ? nothing : act('people.disable', 'lock', () => this.#change('people.disabled', () => post(`/admin/people/${id}/disable`)))}</div>`;
  }

  render() {
    if (state.me.role !== 'admin') return forbidden('people.forbidden');
    const { people: rows, total, offset } = this.#page ?? { people: [], total: 0, offset: 0 };
    const person = this.#chosen;
    const turn = (word, to, may) => html`<button class="btn sm" aria-disabled=${!may} @click=${() => may && this.#load(to)}>${t(word)}</button>`;
    return html`<main id="main" class="admin people" tabindex="-1">
      <section class="table" aria-labelledby="h-people"><div class="ahead">${sections('people')}<h1 id="h-people">${t('admin.people')}</h1><p class="body">${t('people.text')}</p>
          <div class="row"><div class="pickfield grow">${icon('search', 'sm')}<input class="bare grow" aria-label=${t('people.search')} placeholder=${t('people.search')} .value=${this.#query} @input=${(event) => ((this.#query = event.target.value), this.#load(0))}></div>
            <button class="btn" @click=${() => (this.#choose(null), this.querySelector('#people-name')?.focus())}>${icon('plus')}${t('people.new')}</button></div>
          ${this.saying()}</div>
        <div class="scroll tbox" tabindex="0" role="group" aria-label=${t('admin.people')}>
          <table><thead><tr>${['name', 'displayName', 'role', 'team', 'state', 'last-seen'].map((head) => html`<th scope="col">${t(`people.${head}`)}</th>`)}</tr></thead>
            <tbody>${repeat(rows, (each) => each.id, (each) => this.#row(each))}</tbody></table>
          ${this.#page && !rows.length ? html`<p class="none meta">${t('people.none')}</p>` : nothing}</div>
        <div class="row afoot"><span class="meta num grow">${total ? t('people.part', { total, from: offset + 1, to: offset + rows.length }) : ''}</span>${turn('people.before', Math.max(0, offset - PART), offset > 0)}${turn('people.after', offset + PART, offset + rows.length < total)}</div>
      </section>
      <aside class="adetail" aria-label=${t('people.form')}><form class="aform" @submit=${this.#save} novalidate>
        <h2 class="clip">${person ? person.displayName : t('people.new')}</h2>
        ${this.#invitation()}${person ? this.#acts(person) : nothing}
        ${this.#text('name', { most: 80, fixed: Boolean(person) })}${this.#text('displayName', { most: 80 })}${this.#text('nickname', { most: 40 })}
        ${this.#pick('role', ROLES, (role) => t(`role.${role}`))}${this.#text('team', { most: 64 })}${this.#text('skills', { most: 400 })}${this.#text('languages', { most: 200 })}
        ${this.#text('capacity', { type: 'number' })}${this.#pick('language', ['ja', 'en'], (language) => t(`people.language.${language}`))}${this.#text('zone', { most: 64 })}
        <div class="row foot"><button class="btn primary lg" aria-disabled=${this.busy}>${t(person ? 'people.save' : 'people.add')}</button></div>
      </form></aside></main>`;
  }
}

customElements.define('ts-people', People);
