import { html, nothing } from 'lit';
import { View, icon } from './view.js';
import './popover.js';
import { layer } from '../core/state.js';
import { act, calledName } from '../core/inquiries.js';
import { instant, now, wall } from '../core/time.js';
import { t } from '../core/words.js';

const MINUTE = 60_000;
const CHOICES = {
  '15m': () => new Date(now() + 15 * MINUTE),
  '1h': () => new Date(now() + 60 * MINUTE),
  tomorrow: () => instant(`${wall(Date.parse(`${wall(now()).slice(0, 10)}T12:00:00Z`) + 24 * 60 * MINUTE).slice(0, 10)}T09:00`),
};

/** Parks an inquiry: why, and until when. Its slot is free meanwhile. */
class HoldForm extends View {
  static properties = { inquiry: { attribute: false } };
  #choice = '1h';
  #own = null;
  #error = null;
  #busy = false;

  #pick(choice) {
    this.#choice = choice;
    this.#own ??= wall(now() + 120 * MINUTE);
    this.requestUpdate();
  }

  async #submit(event) {
    event?.preventDefault();
    if (this.#busy) return;
    const memo = this.querySelector('#hold-memo').value.trim();
    const until = this.#choice === 'own' ? this.#own && instant(this.#own) : CHOICES[this.#choice]();
    this.#error = !memo ? 'hold.memo-needed' : !until || until <= now() ? 'hold.until-later' : null;
    if (this.#error) {
      this.requestUpdate();
      this.querySelector(memo ? '#hold-own' : '#hold-memo')?.focus();
      return;
    }
    this.#busy = true;
    try {
      await act(this.inquiry.id, 'hold', { memo, until: until.toISOString() });
      layer(null);
    } catch (error) {
      this.#error = `act.${['wrong-state', 'not-owner', 'offline'].includes(error.code) ? error.code : 'failed'}`;
    } finally {
      this.#busy = false;
      this.requestUpdate();
    }
  }

  /** What was said to be wrong is being put right. */
  #mend() {
    this.#error = null;
    this.requestUpdate();
  }

  #key(event) {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.isComposing) this.#submit(event);
  }

  render() {
    const choice = (name) => html`<button type="button" aria-pressed=${this.#choice === name} @click=${() => this.#pick(name)}>${t(`hold.${name}`)}</button>`;
    return html`<ts-popover class="pop form" label=${t('hold')}><form @submit=${this.#submit} @keydown=${this.#key} novalidate>
      <div class="row"><span class="strong clip">${t('hold.title', { name: calledName(this.inquiry.customer) })}</span><span class="end meta">${t('hold.frees')}</span></div>
      <label for="hold-memo">${t('hold.memo')}</label>
      <textarea id="hold-memo" class="area" maxlength="1000" autofocus required aria-invalid=${this.#error === 'hold.memo-needed'} @input=${() => this.#error && this.#mend()}></textarea>
      <p class="label" id="hold-until">${t('hold.until')}</p>
      <div class="seg" role="group" aria-labelledby="hold-until">${choice('15m')}${choice('1h')}${choice('tomorrow')}${choice('own')}</div>
      ${this.#choice === 'own' ? html`<input id="hold-own" class="field own" type="datetime-local" aria-label=${t('hold.until')} .value=${this.#own} min=${wall(now())} @input=${(event) => ((this.#own = event.target.value), this.#mend())}>` : nothing}
      ${this.#error ? html`<p class="fielderror" role="alert">${icon('alert', 'sm')}<span>${t(this.#error)}</span></p>` : nothing}
      <div class="row foot"><span class="meta grow">${t('hold.kept')}</span><button class="btn primary" aria-disabled=${this.#busy}><span>${t('hold.do')}</span><kbd>Ctrl Enter</kbd></button></div>
    </form></ts-popover>`;
  }
}

customElements.define('ts-hold-form', HoldForm);
