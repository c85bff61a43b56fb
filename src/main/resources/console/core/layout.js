import { state, changed } from './state.js';
import { remember, remembered } from './remember.js';

/** How wide the columns beside the chat may be, and how large the words in it, in pixels. */
export const LIMITS = { list: [240, 420], side: [320, 520], message: [13, 18] };

const key = (name) => `tsunagi.${name}.${state.me?.id ?? ''}`;
const root = document.documentElement;

/** What a measure is now, chosen or as it comes. */
export const measure = (name) => Math.round(chosen(name) ?? Number.parseFloat(getComputedStyle(root).getPropertyValue(`--${name}`)) * (name === 'message' ? 16 : 1));

function chosen(name) {
  const kept = Number.parseInt(remembered(key(name)), 10);
  return Number.isNaN(kept) ? null : kept;
}

/** Makes a measure larger or smaller for this person in this browser; null gives back what it was. */
export function setMeasure(name, pixels) {
  const [least, most] = LIMITS[name];
  remember(key(name), pixels === null ? '' : String(Math.round(Math.min(most, Math.max(least, pixels)))));
  apply(name);
  changed('layout');
}

function apply(name) {
  const pixels = chosen(name);
  if (pixels === null) root.style.removeProperty(`--${name}`);
  else root.style.setProperty(`--${name}`, `${pixels}px`);
}

/** Lays the screen out as the person who signed in likes it. */
export function layOut() {
  for (const name of Object.keys(LIMITS)) apply(name);
}
