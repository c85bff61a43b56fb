import { drawn, layer } from '../core/state.js';

/** A menu: arrows move, Escape and a click outside close it. Its entries are the buttons the caller puts in. */
class Menu extends HTMLElement {
  #outside = (event) => {
    if (!this.parentElement.contains(event.target)) layer(null);
  };

  connectedCallback() {
    this.setAttribute('role', 'menu');
    this.setAttribute('aria-label', this.getAttribute('label'));
    this.addEventListener('keydown', this.#key);
    document.addEventListener('pointerdown', this.#outside);
    drawn().then(() => (this.querySelector('[aria-checked="true"]') ?? this.#entries()[0])?.focus());
  }

  disconnectedCallback() {
    document.removeEventListener('pointerdown', this.#outside);
  }

  #entries() {
    return [...this.querySelectorAll('[role^="menuitem"]')];
  }

  #key(event) {
    const entries = this.#entries();
    const at = entries.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === 'Tab') layer(null);
    if (to === undefined) return;
    event.preventDefault();
    entries.at(to % entries.length).focus();
  }
}

customElements.define('ts-menu', Menu);
