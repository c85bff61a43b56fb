import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { View, icon } from './view.js';
import { problem } from './factor.js';
import { state, layer } from '../core/state.js';
import { get, post } from '../core/http.js';
import { announce } from '../core/announce.js';
import { keysWork, makeKey } from '../core/security-keys.js';
import { moment } from '../core/time.js';
import { has, t } from '../core/words.js';

/** A person adds security keys to their name and takes them away, by their password. */
class OwnKeys extends View {
  static topics = ['layer'];
  #keys = null;
  #whyNot = null;
  /** The key that is being taken away; null while one can be added. */
  #leaving = null;
  #said = null;
  #error = null;
  #busy = false;

  willUpdate() {
    const open = state.layer?.name === 'own-keys';
    if (open && !this.open) {
      this.#keys = null;
      this.#leaving = null;
      this.#said = null;
      this.#error = null;
      this.#load();
    }
    this.open = open;
  }

  updated() {
    const dialog = this.querySelector('dialog');
    if (dialog && !dialog.open) dialog.showModal();
  }

  async #load() {
    try {
      const { keys, whyNot } = await get('/me/keys');
      this.#keys = keys;
      this.#whyNot = whyNot;
    } catch (error) {
      this.#error = this.#words(error);
    }
    this.requestUpdate();
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#busy) return;
    const form = event.target;
    const { name, password } = form.elements;
    const missing = [name, password].find((field) => field && !field.value.trim());
    if (missing) {
      missing.focus();
      return;
    }
    this.#busy = true;
    this.#said = null;
    this.#error = null;
    this.requestUpdate();
    try {
      if (this.#leaving) await post(`/me/keys/${this.#leaving.id}/remove`, { password: password.value });
      else await post('/me/keys', { name: name.value.trim(), key: await makeKey(await post('/me/keys/begin', { password: password.value })) });
      this.#said = t(this.#leaving ? 'own-keys.removed' : 'own-keys.added');
      this.#leaving = null;
      announce(this.#said);
      await this.#load();
      form.reset();
    } catch (error) {
      this.#error = this.#words(error);
      if (error.code === 'wrong-password') password.focus();
    } finally {
      this.#busy = false;
      this.requestUpdate();
    }
  }

  #words(error) {
    if (error instanceof DOMException) return t(error.name === 'InvalidStateError' ? 'own-keys.known' : 'own-keys.stopped');
    if (error.code === 'locked') return t('sign-in.locked', { time: moment(error.body.until) });
    if (error.code === 'wrong-password') return t('password.wrong');
    if (error.code === 'offline') return t('sign-in.offline');
    const words = `own-keys.${error.code}`;
    return has(words) ? t(words) : `${t('own-keys.failed')}${error.id ? ` ${t('trouble.id', { id: error.id })}` : ''}`;
  }

  #choose(key) {
    this.#leaving = key;
    this.#said = null;
    this.#error = null;
    this.requestUpdate();
    this.updateComplete.then(() => this.querySelector(key ? '#key-password' : '#key-name')?.focus());
  }

  #list() {
    if (!this.#keys) return nothing;
    if (!this.#keys.length) return html`<p class="meta read">${t('own-keys.none')}</p>`;
    return html`<ul class="ownkeylist" role="list">${repeat(this.#keys, (key) => key.id, (key) => html`<li class="row"><span class="grow"><span class="strong clip">${key.name}</span><br>
      <span class="meta num">${t('own-keys.made', { time: moment(key.madeAt) })} · ${key.usedAt ? t('own-keys.used', { time: moment(key.usedAt) }) : t('own-keys.unused')}</span></span>
      <button type="button" class="btn sm" aria-label=${t('own-keys.remove.which', { name: key.name })} @click=${() => this.#choose(key)}>${icon('x', 'sm')}${t('own-keys.remove')}</button></li>`)}</ul>`;
  }

  #form() {
    const password = html`<label for="key-password">${t('own-keys.password')}</label><input id="key-password" name="password" type="password" class="field" autocomplete="current-password" required aria-describedby=${this.#error ? 'sign-error' : nothing}>`;
    if (this.#leaving) return html`<h3>${t('own-keys.remove.title', { name: this.#leaving.name })}</h3><p class="meta read">${t('own-keys.remove.text')}</p>${password}${problem(this.#error)}
      <div class="row foot"><button class="btn primary lg" aria-disabled=${this.#busy}>${t('own-keys.remove.do')}</button><button type="button" class="btn lg" @click=${() => this.#choose(null)}>${t('back')}</button></div>`;
    const whyNot = this.#whyNot ? t('own-keys.keys-not-here') : keysWork() ? null : t('own-keys.no-browser');
    if (whyNot) return html`<p class="meta read">${whyNot}</p>${this.#whyNot && state.me.role === 'admin' ? html`<p class="meta read" lang="en">${this.#whyNot}</p>` : nothing}${problem(this.#error)}`;
    return html`<h3>${t('own-keys.add')}</h3><label for="key-name">${t('own-keys.name')}</label><input id="key-name" name="name" class="field" maxlength="60" autocomplete="off" required>
      ${password}${problem(this.#error)}<div class="row foot"><button class="btn primary lg" aria-disabled=${this.#busy}>${t(this.#busy ? 'own-keys.busy' : 'own-keys.add.do')}</button></div>`;
  }

  render() {
    if (state.layer?.name !== 'own-keys') return nothing;
    return html`<dialog class="keys ownpassword" aria-labelledby="h-own-keys" @close=${() => layer(null)}><form class="kbox" @submit=${this.#submit} novalidate>
      <div class="vtop">${icon('shield')}<h2 id="h-own-keys" class="strong">${t('own-keys')}</h2>
        <button type="button" class="btn icon quiet end" aria-label=${t('close')} @click=${() => layer(null)}>${icon('x')}</button></div>
      <div class="aform"><p class="meta read">${t('own-keys.text')}</p>${this.#list()}${this.#said ? html`<p class="said ok">${this.#said}</p>` : nothing}
        <input class="sr" name="username" autocomplete="username" tabindex="-1" aria-hidden="true" readonly .value=${state.me.name}>${this.#keys ? this.#form() : problem(this.#error)}</div>
    </form></dialog>`;
  }
}

customElements.define('ts-own-keys', OwnKeys);
