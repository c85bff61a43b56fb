import { drawn, layer } from '../core/state.js';

/** A small dialog beside what opened it; Escape (see keys) and a click outside close it, Tab stays inside. */
class Popover extends HTMLElement {
  #outside = (event) => {
    if (this.contains(event.target) || event.target.closest('[aria-expanded="true"]')) return;
    layer(null);
  };

  connectedCallback() {
    this.setAttribute('role', 'dialog');
    this.setAttribute('aria-label', this.getAttribute('label'));
    this.addEventListener('keydown', this.#key);
    document.addEventListener('pointerdown', this.#outside);
    drawn().then(() => (this.querySelector('[autofocus]') ?? this.#stops()[0])?.focus());
  }

  disconnectedCallback() {
    document.removeEventListener('pointerdown', this.#outside);
  }

  #stops() {
    return [...this.querySelectorAll('button, input, textarea, select, a[href]')].filter((each) => !each.disabled && each.tabIndex >= 0 && each.offsetParent);
  }

  #key(event) {
    if (event.key !== 'Tab') return;
    const stops = this.#stops();
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (document.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0]).focus();
  }
}

customElements.define('ts-popover', Popover);
