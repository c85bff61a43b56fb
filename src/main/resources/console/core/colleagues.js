import { changed } from './state.js';
import { get } from './http.js';

let known = [];

/** Everybody inquiries can be passed to, as last heard. */
export const colleagues = () => known;

/** Asks again who is there; what was known stays when there is no answer. */
export async function refreshColleagues() {
  known = await get('/colleagues');
  changed('colleagues');
}

/** The teams of those we know, with how many of each take inquiries now. */
export function teams() {
  const byName = new Map();
  for (const { team, presence } of known) {
    const seen = byName.get(team) ?? { team, people: 0, available: 0 };
    seen.people += 1;
    seen.available += presence === 'available' ? 1 : 0;
    byName.set(team, seen);
  }
  return [...byName.values()];
}
