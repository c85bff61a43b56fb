import { html, nothing } from 'lit';
import { View, icon } from './view.js';
import { state } from '../core/state.js';
import { signIn } from '../core/session.js';
import { switchLanguage } from '../core/settings.js';
import { moment } from '../core/time.js';
import { t, lang } from '../core/words.js';

/** Name and password. What was typed elsewhere before the session ended stays where it was. */
class SignIn extends View {
  static open = true;
  #error = null;
  #busy = false;

  firstUpdated() {
    // In a frame the page around it has the focus.
    if (!state.framed) this.querySelector('#sign-name').focus();
    document.title = `${t('sign-in.title')} — Tsunagi`;
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#busy) return;
    const { name, password } = event.target.elements;
    if (!name.value || !password.value) {
      (name.value ? password : name).focus();
      return;
    }
    this.#busy = true;
    this.#error = null;
    this.requestUpdate();
    try {
      await signIn(name.value.trim(), password.value);
    } catch (error) {
      this.#error = this.#words(error);
      password.value = '';
      password.focus();
    } finally {
      this.#busy = false;
      this.requestUpdate();
    }
  }

  #words(error) {
    if (error.code === 'locked') return t('sign-in.locked', { time: moment(error.error.until ?? error.body?.until) });
    if (error.status === 429) return t('sign-in.slowed');
    if (error.code === 'sign-in-failed') return t('sign-in.failed');
    if (['not-framed', 'not-kept'].includes(error.code)) return t(`sign-in.${error.code}`);
    if (error.code === 'offline') return t('sign-in.offline');
    return `${t('sign-in.unknown')}${error.id ? ` ${t('trouble.id', { id: error.id })}` : ''}`;
  }

  render() {
    return html`
      <main class="signin">
        <form class="signcard" @submit=${this.#submit} novalidate>
          <p class="brand">${icon('mark', 'xl')}<span>Tsunagi</span></p>
          <h1>${t('sign-in.title')}</h1>
          ${state.unreachable ? html`<p class="meta">${t('sign-in.offline')}</p>` : nothing}
          <label for="sign-name">${t('sign-in.name')}</label>
          <input id="sign-name" name="name" class="field lg" autocomplete="username" autocapitalize="none" spellcheck="false" required>
          ${this.#error ? html`<p class="fielderror" id="sign-error" role="alert">${icon('alert', 'sm')}<span>${this.#error}</span></p>` : nothing}
          <label for="sign-password">${t('sign-in.password')}</label>
          <input id="sign-password" name="password" type="password" class="field lg" autocomplete="current-password" required
            aria-invalid=${this.#error ? 'true' : 'false'} aria-describedby=${this.#error ? 'sign-error' : nothing}>
          <button class="btn primary lg wide" aria-disabled=${this.#busy}>${this.#busy ? t('sign-in.busy') : t('sign-in.do')}</button>
          <p class="signfoot"><button type="button" class="btn sm quiet" lang=${lang() === 'ja' ? 'en' : 'ja'} @click=${switchLanguage}>${icon('globe')}${lang() === 'ja' ? 'English' : '日本語'}</button></p>
        </form>
      </main>`;
  }
}

customElements.define('ts-sign-in', SignIn);
