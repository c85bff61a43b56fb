import { html } from 'lit';
import { View } from './view.js';
import { LIMITS, measure, setMeasure } from '../core/layout.js';
import { t } from '../core/words.js';

const STEP = 16;

/** The line between a column and the chat: drawn by a pointer, moved by arrow keys, back to where it was by Home or two presses. */
class Divider extends View {
  static topics = ['layout'];
  static properties = { column: { attribute: true } };

  /** The list grows to the right, the side panel to the left. */
  get #sign() {
    return this.column === 'list' ? 1 : -1;
  }

  #drag(event) {
    if (event.button) return;
    event.preventDefault();
    const line = event.currentTarget;
    const from = event.clientX;
    const width = measure(this.column);
    const move = ({ clientX }) => setMeasure(this.column, width + this.#sign * (clientX - from));
    line.setPointerCapture(event.pointerId);
    line.addEventListener('pointermove', move);
    line.addEventListener('lostpointercapture', () => line.removeEventListener('pointermove', move), { once: true });
  }

  #key(event) {
    const by = { ArrowRight: STEP, ArrowLeft: -STEP }[event.key];
    if ((!by && event.key !== 'Home') || event.altKey) return;
    event.preventDefault();
    setMeasure(this.column, by ? measure(this.column) + this.#sign * by : null);
  }

  render() {
    const [least, most] = LIMITS[this.column];
    return html`<div class="divider at-${this.column}" role="separator" tabindex="0" aria-orientation="vertical" aria-label=${t(`divider.${this.column}`)} title=${t('divider.how')}
      aria-valuemin=${least} aria-valuemax=${most} aria-valuenow=${measure(this.column)} @pointerdown=${this.#drag} @keydown=${this.#key} @dblclick=${() => setMeasure(this.column, null)}></div>`;
  }
}

customElements.define('ts-divider', Divider);
