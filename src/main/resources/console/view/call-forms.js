import { html, nothing } from 'lit';
import { View, icon } from './view.js';
import './popover.js';
import { outcomeWord } from './call.js';
import { layer } from '../core/state.js';
import { endCall, offerCall, outcomes, whyNot } from '../core/calls.js';
import { calledName } from '../core/inquiries.js';
import { t } from '../core/words.js';

/** What a form has that asks before it acts. */
class CallForm extends View {
  static properties = { inquiry: { attribute: false } };
  #error = null;
  #busy = false;

  get error() {
    return this.#error ? html`<p class="fielderror" role="alert">${icon('alert', 'sm')}<span>${this.#error}</span></p>` : nothing;
  }

  get busy() {
    return this.#busy;
  }

  async does(act) {
    if (this.#busy) return;
    this.#busy = true;
    this.#error = null;
    try {
      await act();
      layer(null);
    } catch (error) {
      this.#error = whyNot(error);
    } finally {
      this.#busy = false;
      this.requestUpdate();
    }
  }
}

/** Asks once before a call is offered: it is a message to the customer. */
class CallOffer extends CallForm {
  render() {
    const { id, customer } = this.inquiry;
    return html`<ts-popover class="pop form" label=${t('call')}><p class="strong clip">${t('call.title', { name: calledName(customer) })}</p>
      <p class="body">${t('call.why')}</p>${this.error}
      <div class="row"><button class="btn end" @click=${() => layer(null)}>${t('cancel')}</button><button class="btn primary" autofocus aria-disabled=${this.busy} @click=${() => this.does(() => offerCall(id))}>${t('call.do')}</button></div></ts-popover>`;
  }
}

/** Writes down how a call went. */
class CallEnd extends CallForm {
  #submit(event) {
    event.preventDefault();
    const { outcome, note } = this.querySelector('form').elements;
    this.does(() => endCall(this.inquiry.id, outcome.value, note.value.trim()));
  }

  #key(event) {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.isComposing) this.#submit(event);
  }

  render() {
    return html`<ts-popover class="pop form" label=${t('call.end')}><form @submit=${this.#submit} @keydown=${this.#key}>
      <p class="strong clip">${t('call.end.title', { name: calledName(this.inquiry.customer) })}</p>
      <fieldset class="choices"><legend>${t('call.outcome')}</legend>
        ${outcomes().map((outcome, at) => html`<label><input type="radio" name="outcome" value=${outcome} ?checked=${at === 0} ?autofocus=${at === 0}><span>${outcomeWord(outcome)}</span></label>`)}</fieldset>
      <label for="call-note">${t('call.note')}</label><textarea id="call-note" name="note" class="area" maxlength="1000"></textarea>
      ${this.error}
      <div class="row foot"><span class="meta grow">${t('call.kept')}</span><button class="btn primary" aria-disabled=${this.busy}><span>${t('call.end.do')}</span><kbd>Ctrl Enter</kbd></button></div>
    </form></ts-popover>`;
  }
}

customElements.define('ts-call-offer', CallOffer);
customElements.define('ts-call-end', CallEnd);
