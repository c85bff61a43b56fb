import { LitElement, html, nothing } from 'lit';
import { state, watch } from '../core/state.js';

/**
 * A part of the screen. It renders into the page itself, not into a shadow, so that labels, regions and the focus
 * order are those of one document; the style sheets in style/ dress it. It redraws when one of its topics changes.
 */
export class View extends LitElement {
  static topics = [];
  /** Whether the part is drawn while nobody is signed in. */
  static open = false;
  #end = null;

  createRenderRoot() {
    return this;
  }

  /** Between the end of a session and the sign-in page there is nobody to draw for. */
  shouldUpdate() {
    return Boolean(state.me) || this.constructor.open;
  }

  connectedCallback() {
    super.connectedCallback();
    this.#end = watch([...this.constructor.topics, 'words'], () => this.requestUpdate());
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#end();
  }
}

/** An icon of the sprite; always beside a word or inside a labelled control. */
export const icon = (name, size = '') =>
  html`<svg class="i ${size}" aria-hidden="true"><use href="/console/icons.svg#${name}"></use></svg>`;

const segments = new Intl.Segmenter('ja', { granularity: 'grapheme' });

/** The first letter of a name as a person would see it. */
export const initial = (name) => {
  const first = segments.segment((name ?? '').trim())[Symbol.iterator]().next();
  return first.done ? '?' : first.value.segment.toUpperCase();
};

/** The class that gives a person's colour; without a slot there is none. */
export const hue = (person) => (person?.hue >= 1 && person.hue <= 8 ? `p${person.hue}` : 'p0');

export const face = (name, size = '', place = null) =>
  html`<span class="av ${size}" aria-hidden="true">${initial(name)}${place ? html`<em>${place}</em>` : nothing}</span>`;

export const when = (test, then) => (test ? then() : nothing);
