import { html, nothing } from 'lit';
import { View, icon } from './view.js';
import './popover.js';
import { layer } from '../core/state.js';
import { askHelp, decide, openAdvice } from '../core/advice.js';
import { keyOf } from '../core/shortcuts.js';
import { t } from '../core/words.js';

/** A supervisor's words above the draft; they never move the caret. */
export function adviceStrip(inquiry) {
  const [advice] = openAdvice(inquiry);
  if (!advice) return nothing;
  const does = (outcome, word, key, look) => html`<button class="btn sm ${look}" title=${keyOf(key)} @click=${() => decide(inquiry.id, outcome, advice)}>${t(word)}${look === 'main' ? html`<kbd>${keyOf(key)}</kbd>` : nothing}</button>`;
  return html`<div class="advice" role="status">${icon('hand')}<p class="grow"><span class="strong">${t('advice.from', { by: advice.by })}</span> <span class="words">${advice.words}</span></p>
    ${does('TAKEN', 'advice.take', 'write.advice', 'main')}${does('EDITED', 'advice.edit', 'write.advice-edit', '')}${does('REFUSED', 'advice.refuse', 'write.advice-refuse', 'quiet')}</div>`;
}

/** Asks a supervisor for help, with one line or none. */
class HelpForm extends View {
  static properties = { inquiry: { attribute: false } };

  async #submit(event) {
    event.preventDefault();
    const words = this.querySelector('input').value.trim();
    layer(null);
    await askHelp(this.inquiry.id, words);
  }

  render() {
    return html`<ts-popover class="pop form helpform" label=${t('help')}><form @submit=${this.#submit}>
      <label for="help-words">${t('help.words')}</label><input id="help-words" class="field" maxlength="200" autofocus autocomplete="off">
      <div class="row foot"><button class="btn primary end">${t('help.do')}</button></div></form></ts-popover>`;
  }
}

customElements.define('ts-help-form', HelpForm);
