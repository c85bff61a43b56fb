import { html, nothing } from 'lit';
import { View, icon } from './view.js';
import { codeField, factorSteps, problem, recoveryList } from './factor.js';
import { state } from '../core/state.js';
import { enterSignedIn, signIn, waysIn } from '../core/session.js';
import { askKey, keysWork } from '../core/security-keys.js';
import { switchLanguage } from '../core/settings.js';
import { moment } from '../core/time.js';
import { t, lang } from '../core/words.js';

const WHYS = ['denied', 'over', 'away', 'not-taken', 'nobody', 'no-role', 'disabled', 'unused'];

/** Name and password, then the code of the second factor or a security key; or the company's own sign-in. What was typed elsewhere before the session ended stays. */
class SignIn extends View {
  static open = true;
  #step = 'password';
  #name = '';
  #password = '';
  #factor = null;
  /** Whether they have codes, whether they have keys, and what a key is to answer; that is used once. */
  #byCode = true;
  #byKey = false;
  #challenge = null;
  #codes = null;
  #recovery = false;
  #error = null;
  #busy = false;
  #provider = false;
  /** Why the provider let nobody in, as a key: the words are not there yet when this screen is. */
  #why = null;

  firstUpdated() {
    // In a frame the page around it has the focus.
    if (!state.framed) this.querySelector('#sign-name').focus();
    document.title = `${t('sign-in.title')} — Tsunagi`;
    this.#askWays();
    const why = location.pathname === '/sign-in' && new URLSearchParams(location.search).get('why');
    if (why) {
      this.#why = WHYS.includes(why) ? `sign-in.provider.${why}` : 'sign-in.unknown';
      history.replaceState(null, '', '/sign-in');
      this.requestUpdate();
    }
  }

  /** A provider sends the browser back to a page of its own, which no frame can show. */
  async #askWays() {
    if (state.framed) return;
    try {
      this.#provider = (await waysIn()).provider;
    } catch (error) {
      // Names and passwords can still be typed; sending them says what is wrong.
      console.warn('The ways to sign in are not known', error);
    }
    this.requestUpdate();
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#busy) return;
    const { name, password, code } = event.target.elements;
    if (this.#step === 'password') {
      if (!name.value || !password.value) {
        (name.value ? password : name).focus();
        return;
      }
      this.#name = name.value.trim();
      this.#password = password.value;
    } else if (!code) {
      this.#useKey();
      return;
    } else if (!code.value.trim()) {
      code.focus();
      return;
    }
    this.#busy = true;
    this.#error = null;
    this.#why = null;
    this.requestUpdate();
    try {
      this.#codes = await signIn(this.#name, this.#password, code ? { code: code.value.trim() } : {});
      this.#password = '';
      if (this.#codes.length) await this.#go('recovery');
      else await enterSignedIn();
    } catch (error) {
      await this.#stopped(error);
    } finally {
      this.#busy = false;
      this.requestUpdate();
    }
  }

  /** A key answers in the place of a code. What it is to answer is asked for anew after a try. */
  async #useKey() {
    if (this.#busy) return;
    this.#busy = true;
    this.#error = null;
    this.requestUpdate();
    try {
      if (!this.#challenge) {
        const asked = await signIn(this.#name, this.#password).catch((error) => this.#stopped(error).then(() => null));
        // Meanwhile nobody asks for a second factor any more.
        if (asked) return await enterSignedIn();
      }
      const challenge = this.#challenge;
      this.#challenge = null;
      if (!challenge) return;
      this.#codes = await signIn(this.#name, this.#password, { key: await askKey(challenge) });
      this.#password = '';
      await enterSignedIn();
    } catch (error) {
      if (error.code === 'wrong-code' || error instanceof DOMException) this.#error = t(error.code === 'wrong-code' ? 'sign-in.wrong-key' : 'sign-in.key.stopped');
      else await this.#stopped(error);
    } finally {
      this.#busy = false;
      this.requestUpdate();
    }
  }

  /** Either the next step, or what is wrong with this one. */
  async #stopped(error) {
    if (error.code === 'code-needed') {
      const { byCode, key } = error.body;
      this.#byKey = keysWork() && Boolean(key.challenge);
      this.#byCode = byCode;
      this.#challenge = this.#byKey ? key : null;
      return this.#go('code');
    }
    if (error.code === 'factor-needed') {
      this.#factor = error.body.factor;
      return this.#go('factor');
    }
    if (error.code === 'sign-in-failed' || error.code === 'locked') this.#step = 'password';
    this.#error = this.#words(error);
    this.requestUpdate();
    await this.updateComplete;
    const field = this.querySelector('[name=password], [name=code]');
    if (field) {
      field.value = '';
      field.focus();
    }
  }

  async #go(step) {
    this.#step = step;
    this.#error = null;
    this.#recovery = false;
    this.requestUpdate();
    await this.updateComplete;
    (this.querySelector({ password: '#sign-name', recovery: 'h1' }[step] ?? '#sign-code') ?? this.querySelector('#sign-key, h1')).focus();
  }

  #words(error) {
    if (error.code === 'locked') return t('sign-in.locked', { time: moment(error.error.until ?? error.body?.until) });
    if (error.status === 429) return t('sign-in.slowed');
    if (error.code === 'sign-in-failed') return t('sign-in.failed');
    if (['not-framed', 'not-kept', 'wrong-code', 'cloned-key', 'unused'].includes(error.code)) return t(`sign-in.${error.code}`);
    if (error.code === 'offline') return t('sign-in.offline');
    return `${t('sign-in.unknown')}${error.id ? ` ${t('trouble.id', { id: error.id })}` : ''}`;
  }

  #back() {
    this.#password = '';
    this.#factor = null;
    this.#go('password');
  }

  #switch() {
    this.#recovery = !this.#recovery;
    this.#error = null;
    this.requestUpdate();
    this.updateComplete.then(() => this.querySelector('#sign-code').focus());
  }

  #fields() {
    const error = this.#error ?? (this.#why && t(this.#why));
    if (this.#step === 'password') return html`
      ${state.unreachable ? html`<p class="meta">${t('sign-in.offline')}</p>` : nothing}
      <label for="sign-name">${t('sign-in.name')}</label>
      <input id="sign-name" name="name" class="field lg" autocomplete="username" autocapitalize="none" spellcheck="false" required .value=${this.#name}>
      ${problem(error)}
      <label for="sign-password">${t('sign-in.password')}</label>
      <input id="sign-password" name="password" type="password" class="field lg" autocomplete="current-password" required
        aria-invalid=${error ? 'true' : 'false'} aria-describedby=${error ? 'sign-error' : nothing}>`;
    if (this.#step === 'code' && !this.#byCode) return html`<p class="body">${t(this.#byKey ? 'sign-in.key.text' : 'sign-in.key.not-here', { name: this.#name })}</p>${problem(this.#error)}`;
    return html`${this.#factor && this.#step === 'factor' ? factorSteps(this.#factor) : html`<p class="meta">${t(this.#recovery ? 'sign-in.recovery.text' : 'sign-in.code.text', { name: this.#name })}</p>`}
      ${problem(this.#error)}
      <label for="sign-code">${t(this.#recovery ? 'sign-in.recovery' : 'sign-in.code')}</label>
      ${codeField('sign-code', { recovery: this.#recovery, wrong: Boolean(this.#error) })}`;
  }

  #acts() {
    const asksFactor = this.#step === 'code';
    return html`${asksFactor && !this.#byCode ? nothing : html`<button class="btn primary lg wide" aria-disabled=${this.#busy}>${this.#busy ? t('sign-in.busy') : t('sign-in.do')}</button>`}
      ${asksFactor && this.#byKey ? html`<button type="button" id="sign-key" class="btn lg wide ${this.#byCode ? '' : 'primary'}" aria-disabled=${this.#busy} @click=${this.#useKey}>${icon('shield')}${t(this.#busy ? 'sign-in.key.busy' : 'sign-in.key')}</button>` : nothing}`;
  }

  render() {
    const titles = { password: 'sign-in.title', code: 'sign-in.code.title', factor: 'factor.title', recovery: 'factor.recovery' };
    return html`
      <main class="signin">
        <form class="signcard ${this.#step === 'factor' ? 'wider' : ''}" @submit=${this.#submit} novalidate>
          <p class="brand">${icon('mark', 'xl')}<span>Tsunagi</span></p>
          <h1 tabindex="-1">${t(titles[this.#step])}</h1>
          ${this.#step === 'recovery'
            ? html`${recoveryList(this.#codes)}<button type="button" class="btn primary lg wide" @click=${enterSignedIn}>${t('factor.recovery.kept')}</button>`
            : html`${this.#fields()}${this.#acts()}
              ${this.#provider && this.#step === 'password' ? html`<a class="btn lg wide" id="sign-provider" href="/api/sign-in/provider" target="_self">${t('sign-in.provider')}</a>` : nothing}`}
          <p class="signfoot">
            ${['code', 'factor'].includes(this.#step) ? html`<button type="button" class="btn sm quiet" @click=${this.#back}>${t('back')}</button>` : nothing}
            ${this.#step === 'code' && this.#byCode ? html`<button type="button" class="btn sm quiet" @click=${this.#switch}>${t(this.#recovery ? 'sign-in.code.use' : 'sign-in.recovery.use')}</button>` : nothing}
            <button type="button" class="btn sm quiet end" lang=${lang() === 'ja' ? 'en' : 'ja'} @click=${switchLanguage}>${icon('globe')}${lang() === 'ja' ? 'English' : '日本語'}</button></p>
        </form>
      </main>`;
  }
}

customElements.define('ts-sign-in', SignIn);
