import { state, changed } from './state.js';
import { get } from './http.js';
import { everySecond } from './time.js';

/** A press is told to the hub at most so often: who only reads and scrolls is there, too. */
const TOLD_EVERY = 60_000;

/** So long before the session ends for want of a press, the bar on top says so. */
const WARNED = 60_000;

let pressed = Date.now();
let told = Date.now();
let warned = false;

/** Milliseconds until the session ends, when that is near; null otherwise. */
export function endsIn() {
  if (!state.me || state.framed) return null;
  const left = pressed + state.me.idleSeconds * 1000 - Date.now();
  return left <= WARNED ? Math.max(0, left) : null;
}

/** When somebody pressed something last, in milliseconds since 1970. */
export const lastPress = () => pressed;

function press() {
  pressed = Date.now();
  if (!state.me || state.framed) return;
  if (pressed - told < TOLD_EVERY) return;
  told = pressed;
  // Any call of a person's own doing counts. One that is lost is made good by a press 5 s later; an ended session is found out by it.
  get('/me/keys').catch(() => {
    told = pressed - TOLD_EVERY + 5_000;
  });
}

/** Counts presses from now on; who signs in begins anew. */
export function noteEntry() {
  pressed = told = Date.now();
}

for (const kind of ['keydown', 'pointerdown', 'wheel']) addEventListener(kind, press, { capture: true, passive: true });
everySecond(() => {
  const near = endsIn() !== null;
  if (near || warned) changed('idle');
  warned = near;
});
