import { post } from './http.js';

/** LINE shows for 20 s that somebody writes. */
const AGAIN_AFTER = 15_000;
const told = new Map();

/** Lets the customer see that somebody writes. */
export function typing(id) {
  if (Date.now() - (told.get(id) ?? 0) < AGAIN_AFTER) return;
  told.set(id, Date.now());
  // A sign that is lost is not missed: the next words make another.
  post(`/inquiries/${id}/typing`).catch(() => told.delete(id));
}
