import { html, nothing } from 'lit';
import { View, icon } from './view.js';
import { codeField, factorSteps, problem, recoveryList } from './factor.js';
import { post } from '../core/http.js';
import { askKey, keysWork } from '../core/security-keys.js';
import { speakFor, switchLanguage } from '../core/settings.js';
import { moment } from '../core/time.js';
import { t, lang } from '../core/words.js';

/** Who was invited sets a password and, where it is asked for, a second factor. */
class Join extends View {
  static open = true;
  #token = location.hash.slice(1);
  #invitation = null;
  #joined = null;
  #over = false;
  #error = null;
  #busy = false;

  connectedCallback() {
    super.connectedCallback();
    this.#load();
  }

  async #load() {
    try {
      this.#invitation = await post('/invitation', { token: this.#token });
      await speakFor(this.#invitation.language);
    } catch (error) {
      if (error.status === 410) this.#over = true;
      else this.#error = this.#words(error);
    }
    document.title = `${t('join.title')} — Tsunagi`;
    this.requestUpdate();
    await this.updateComplete;
    this.querySelector('#join-password')?.focus();
  }

  async #submit(event) {
    event.preventDefault();
    const { password, again, code } = event.target.elements;
    if (this.#busy) return;
    if (password.value !== again.value) return this.#refuse('join.differ', again);
    if (code && !code.value.trim()) return this.#refuse('sign-in.wrong-code', code);
    this.#busy = true;
    this.#error = null;
    this.requestUpdate();
    try {
      const proof = code ? { code: code.value.trim() } : this.#byKey() ? { key: await this.#askKey() } : {};
      this.#joined = await post('/invitation/accept', { token: this.#token, password: password.value, ...proof });
      this.requestUpdate();
      await this.updateComplete;
      this.querySelector('h1').focus();
    } catch (error) {
      if (error.status === 410) this.#over = true;
      else this.#error = this.#words(error);
      (error.code === 'wrong-code' ? code : password)?.focus();
    } finally {
      this.#busy = false;
      this.requestUpdate();
    }
  }

  /** Who has keys and no codes answers with a key. */
  #byKey() {
    const { code, key } = this.#invitation;
    return !code && Boolean(key.challenge);
  }

  /** What a key is to answer lasts minutes and counts once; this page may stand open for longer. */
  async #askKey() {
    const { key } = await post('/invitation', { token: this.#token });
    return askKey(key);
  }

  #refuse(word, field) {
    this.#error = t(word);
    field.focus();
    this.requestUpdate();
  }

  #words(error) {
    if (error instanceof DOMException) return t('sign-in.key.stopped');
    if (error.code === 'locked') return t('sign-in.locked', { time: moment(error.body.until) });
    if (error.code === 'wrong-code') return t(this.#byKey() ? 'sign-in.wrong-key' : 'sign-in.wrong-code');
    if (error.code === 'cloned-key') return t('sign-in.cloned-key');
    if (error.code === 'weak-password') return t(this.#invitation?.lettersAndDigits === false ? 'password.weak.length' : 'password.weak');
    if (error.code === 'common-password') return t('password.common');
    if (error.code === 'earlier-password') return t('password.earlier');
    if (error.code === 'offline') return t('sign-in.offline');
    return `${t('join.failed')}${error.id ? ` ${t('trouble.id', { id: error.id })}` : ''}`;
  }

  #form() {
    const { name, displayName, endsAt, code, factor, lettersAndDigits } = this.#invitation;
    return html`<p class="body">${t('join.text', { name, displayName, time: moment(endsAt) })}</p>
      <input class="sr" name="name" autocomplete="username" tabindex="-1" aria-hidden="true" readonly .value=${name}>
      <label for="join-password">${t('password.new')}</label>
      <input id="join-password" name="password" type="password" class="field lg" autocomplete="new-password" required aria-describedby="join-rule">
      <p class="meta" id="join-rule">${t(lettersAndDigits ? 'password.rule' : 'password.rule.length')}</p>
      <label for="join-again">${t('password.again')}</label>
      <input id="join-again" name="again" type="password" class="field lg" autocomplete="new-password" required>
      ${factor ? html`<h2>${t('factor.title')}</h2>${factorSteps(factor)}` : nothing}
      ${this.#byKey() ? html`<p class="body">${t(keysWork() ? 'join.key' : 'sign-in.key.not-here')}</p>` : nothing}
      ${problem(this.#error)}
      ${factor || code ? html`<label for="join-code">${t(factor ? 'factor.first' : 'join.code')}</label>${codeField('join-code', { recovery: !factor, wrong: Boolean(this.#error) })}` : nothing}
      <button class="btn primary lg wide" aria-disabled=${this.#busy}>${t(this.#busy ? 'sign-in.busy' : 'join.do')}</button>`;
  }

  #content() {
    if (this.#joined) {
      const { recoveryCodes } = this.#joined;
      return html`<p class="body">${t('join.done')}</p>${recoveryCodes.length ? html`<h2>${t('factor.recovery')}</h2>${recoveryList(recoveryCodes)}` : nothing}
        <a class="btn primary lg wide" href="/sign-in">${t(recoveryCodes.length ? 'join.kept' : 'join.sign-in')}</a>`;
    }
    if (this.#over) return html`<p class="body">${t('join.over')}</p><a class="btn lg wide" href="/sign-in">${t('join.sign-in')}</a>`;
    return this.#invitation ? this.#form() : problem(this.#error);
  }

  render() {
    return html`<main class="signin"><form class="signcard wider" @submit=${this.#submit} novalidate>
      <p class="brand">${icon('mark', 'xl')}<span>Tsunagi</span></p>
      <h1 tabindex="-1">${t('join.title')}</h1>
      ${this.#content()}
      <p class="signfoot"><button type="button" class="btn sm quiet end" lang=${lang() === 'ja' ? 'en' : 'ja'} @click=${switchLanguage}>${icon('globe')}${lang() === 'ja' ? 'English' : '日本語'}</button></p>
    </form></main>`;
  }
}

customElements.define('ts-join', Join);
