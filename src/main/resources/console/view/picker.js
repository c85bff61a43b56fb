import { html, nothing } from 'lit';
import { View } from './view.js';

/** Kana and width do not matter when searching. */
export const plain = (text) => text.normalize('NFKC').toLowerCase().replace(/[\u30a1-\u30f6]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60));

/** A search field over a list: the arrows walk the list while the caret stays in the field, Enter takes. */
export class Picker extends View {
  query = '';
  at = 0;
  /** Whether Enter was pressed before the list was here. */
  #owed = false;

  /** What fits the query. */
  get found() {
    return [];
  }

  /** Whether the list is here. */
  get ready() {
    return true;
  }

  /** Takes one of the found. */
  take() {}

  /** How many options stand side by side. */
  get columns() {
    return 1;
  }

  search(event) {
    this.query = event.target.value;
    this.at = 0;
    this.#owed = false;
    this.requestUpdate();
  }

  updated() {
    if (!this.#owed || !this.ready) return;
    this.#owed = false;
    if (this.found[this.at]) this.take(this.found[this.at]);
  }

  choose(at) {
    this.at = at;
    this.requestUpdate();
    this.updateComplete.then(() => this.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' }));
  }

  key(event) {
    if (event.isComposing || event.keyCode === 229 || event.altKey) return;
    const { found } = this;
    const rows = { ArrowDown: this.columns, ArrowUp: -this.columns }[event.key];
    const sideways = this.columns > 1 && !this.query ? { ArrowRight: 1, ArrowLeft: -1 }[event.key] : undefined;
    const by = rows ?? sideways;
    if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      if (found[this.at]) this.take(found[this.at]);
      else this.#owed = !this.ready;
    } else if (by && found.length) {
      event.preventDefault();
      this.choose(Math.max(0, Math.min(found.length - 1, this.at + by)));
    }
  }

  /** The search field; its list has the id `${name}s` and options `${name}-0`, `${name}-1`, … */
  field(name, label) {
    return html`<input class="bare grow" autofocus role="combobox" aria-expanded="true" aria-controls="${name}s" aria-autocomplete="list" autocomplete="off"
      aria-activedescendant=${this.found.length ? `${name}-${this.at}` : nothing} aria-label=${label} placeholder=${label} .value=${this.query} @input=${this.search} @keydown=${this.key}>`;
  }
}
