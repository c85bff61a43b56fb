import { html, nothing } from 'lit';
import { View, icon } from './view.js';
import './popover.js';
import { layer } from '../core/state.js';
import { act, calledName } from '../core/inquiries.js';
import { draftOf } from '../core/drafts.js';
import { t } from '../core/words.js';

const REASONS = ['solved', 'no-answer', 'other'];

/** Ends an inquiry: why, and whether the customer is asked how it was. */
class CloseForm extends View {
  static properties = { inquiry: { attribute: false } };
  #error = null;
  #busy = false;

  async #submit(event) {
    event.preventDefault();
    if (this.#busy) return;
    const form = this.querySelector('form').elements;
    this.#busy = true;
    try {
      await act(this.inquiry.id, 'close', { reason: form.reason.value, survey: form.survey.checked });
      layer(null);
    } catch (error) {
      this.#error = `act.${['wrong-state', 'not-owner', 'call-running', 'offline'].includes(error.code) ? error.code : 'failed'}`;
    } finally {
      this.#busy = false;
      this.requestUpdate();
    }
  }

  #key(event) {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.isComposing) this.#submit(event);
  }

  render() {
    return html`<ts-popover class="pop form" label=${t('close-inquiry')}><form @submit=${this.#submit} @keydown=${this.#key}>
      <p class="strong clip">${t('close.title', { name: calledName(this.inquiry.customer) })}</p>
      ${draftOf(this.inquiry.id).empty ? nothing : html`<p class="caution">${icon('alert', 'sm')}<span>${t('close.draft-left')}</span></p>`}
      <fieldset class="choices"><legend>${t('close.reason')}</legend>
        ${REASONS.map((reason, at) => html`<label><input type="radio" name="reason" value=${reason} ?checked=${at === 0} ?autofocus=${at === 0}><span>${t(`close.${reason}`)}</span></label>`)}
      </fieldset>
      <label class="switchrow"><input type="checkbox" role="switch" name="survey" checked class="switch"><span>${t('close.survey')}</span></label>
      ${this.#error ? html`<p class="fielderror" role="alert">${icon('alert', 'sm')}<span>${t(this.#error)}</span></p>` : nothing}
      <div class="row foot"><button type="button" class="btn end" @click=${() => layer(null)}>${t('cancel')}</button><button class="btn primary" aria-disabled=${this.#busy}><span>${t('close.do')}</span><kbd>Ctrl Enter</kbd></button></div>
    </form></ts-popover>`;
  }
}

customElements.define('ts-close-form', CloseForm);
