import { html, nothing } from 'lit';
import { View, icon } from './view.js';
import { state, layer } from '../core/state.js';
import { keyName } from '../core/keys.js';
import { keysOn, switchKeys } from '../core/settings.js';
import { t } from '../core/words.js';

const SHEET = {
  move: [['palette', 'Ctrl K'], ['slot', 'Alt 1–9'], ['step', 'Alt ↑ ↓'], ['longest', 'Alt J'], ['region', 'F6'], ['knowledge', 'Alt K'], ['history', 'Alt Y'], ['customer', 'Alt C']],
  write: [['draft', 'Alt R'], ['note', 'Alt N'], ['preview', 'Alt P'], ['send', 'Ctrl Enter'], ['undo', 'Alt Z'], ['sticker', 'Alt S'], ['picture', 'Alt M'], ['quick', 'Alt Q'], ['canned', '/'], ['mention', '@'], ['advice', 'Alt G'], ['advice-edit', 'Shift Alt G'], ['advice-refuse', 'Alt ⌫']],
  handle: [['accept', 'Alt A'], ['decline', 'Alt X'], ['hold', 'Alt H'], ['identity', 'Alt O'], ['call', 'Alt L'], ['help', 'Alt V'], ['transfer', 'Alt T'], ['hand-back', 'Alt B'], ['close', 'Alt W'], ['approvals', 'Alt U'], ['sheet', '?'], ['escape', 'Esc']],
};

/** Every key there is, and the switch that turns them off. */
class KeySheet extends View {
  static topics = ['layer'];

  updated() {
    const dialog = this.querySelector('dialog');
    if (dialog && !dialog.open) dialog.showModal();
  }

  #outside(event) {
    if (event.target === event.currentTarget) layer(null);
  }

  render() {
    if (state.layer?.name !== 'keys') return nothing;
    return html`<dialog class="keys" aria-labelledby="h-keys" @close=${() => layer(null)} @click=${this.#outside}><div class="kbox">
      <div class="vtop">${icon('keys')}<h2 id="h-keys" class="strong">${t('keys.title')}</h2><span class="meta clip">${t('keys.composing')}</span>
        <span class="end row"><label class="switchrow"><input type="checkbox" role="switch" class="switch" .checked=${keysOn()} @change=${(event) => switchKeys(event.target.checked)}><span>${t('keys.on')}</span></label>
          <button class="btn icon quiet" aria-label=${t('close')} autofocus @click=${() => layer(null)}>${icon('x')}</button></span></div>
      <div class="kcols">${Object.entries(SHEET).map(([group, rows]) => html`<div><h3>${t(`keys.${group}`)}</h3><dl>${rows.map(([word, keys]) => html`<div class="kl"><dt>${t(`keys.${group}.${word}`)}</dt><dd><kbd>${keyName(keys)}</kbd></dd></div>`)}</dl></div>`)}</div>
    </div></dialog>`;
  }
}

customElements.define('ts-key-sheet', KeySheet);
