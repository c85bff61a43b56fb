import { html, nothing } from 'lit';
import { View, icon } from './view.js';
import { problem } from './factor.js';
import { state, layer } from '../core/state.js';
import { post } from '../core/http.js';
import { announce } from '../core/announce.js';
import { moment } from '../core/time.js';
import { t } from '../core/words.js';

/** A person changes their own password; their other sessions end. */
class OwnPassword extends View {
  static topics = ['layer'];
  #error = null;
  #busy = false;
  #done = false;

  willUpdate() {
    const open = state.layer?.name === 'own-password';
    if (open && !this.open) {
      this.#error = null;
      this.#done = false;
    }
    this.open = open;
  }

  updated() {
    const dialog = this.querySelector('dialog');
    if (dialog && !dialog.open) dialog.showModal();
  }

  async #submit(event) {
    event.preventDefault();
    const { old, password, again } = event.target.elements;
    if (this.#busy) return;
    this.#error = password.value === again.value ? null : t('join.differ');
    if (!this.#error) {
      this.#busy = true;
      this.requestUpdate();
      try {
        await post('/me/password', { old: old.value, password: password.value });
        this.#done = true;
        announce(t('password.changed'));
      } catch (error) {
        this.#error = this.#words(error);
        if (error.code === 'wrong-password') old.focus();
      } finally {
        this.#busy = false;
      }
    }
    this.requestUpdate();
  }

  #words(error) {
    if (error.code === 'locked') return t('sign-in.locked', { time: moment(error.body.until) });
    if (error.code === 'wrong-password') return t('password.wrong');
    if (error.code === 'weak-password') return t(state.me.lettersAndDigits ? 'password.weak' : 'password.weak.length');
    if (error.code === 'common-password') return t('password.common');
    if (error.code === 'earlier-password') return t('password.earlier');
    return `${t(error.code === 'offline' ? 'sign-in.offline' : 'password.failed')}${error.id ? ` ${t('trouble.id', { id: error.id })}` : ''}`;
  }

  #field(name, autocomplete) {
    return html`<label for="own-${name}">${t(`password.${name}`)}</label><input id="own-${name}" name=${name === 'new' ? 'password' : name} type="password" class="field" autocomplete=${autocomplete} required>`;
  }

  render() {
    if (state.layer?.name !== 'own-password') return nothing;
    return html`<dialog class="keys ownpassword" aria-labelledby="h-own-password" @close=${() => layer(null)}><form class="kbox" @submit=${this.#submit} novalidate>
      <div class="vtop">${icon('lock')}<h2 id="h-own-password" class="strong">${t('password.change')}</h2>
        <button type="button" class="btn icon quiet end" aria-label=${t('close')} @click=${() => layer(null)}>${icon('x')}</button></div>
      <div class="aform">${this.#done
        ? html`<p class="said ok">${t('password.changed')}</p><div class="row foot"><button type="button" class="btn primary lg" autofocus @click=${() => layer(null)}>${t('close')}</button></div>`
        : html`<input class="sr" name="name" autocomplete="username" tabindex="-1" aria-hidden="true" readonly .value=${state.me.name}>
          ${this.#field('old', 'current-password')}${this.#field('new', 'new-password')}<p class="meta read">${t(state.me.lettersAndDigits ? 'password.rule' : 'password.rule.length')}</p>${this.#field('again', 'new-password')}
          ${problem(this.#error)}<p class="meta read">${t('password.others')}</p>
          <div class="row foot"><button class="btn primary lg" aria-disabled=${this.#busy}>${t('password.do')}</button></div>`}</div>
    </form></dialog>`;
  }
}

customElements.define('ts-own-password', OwnPassword);
