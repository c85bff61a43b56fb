import { state, changed } from './state.js';

/** Reads what the address names: /embed/cases/{key}, /inquiries/{id}, /watch, /watch/{id}, /admin, /admin/accounts, /admin/canned, /admin/proposals, /admin/people, /admin/holds, /admin/reveals, /admin/configuration, /admin/routes, /find, /reports, /join, or the plain screen. */
export function readPlace() {
  const path = location.pathname;
  const inquiry = /^\/inquiries\/([\w-]+)$/.exec(path);
  const watched = /^\/watch(?:\/([\w-]+))?$/.exec(path);
  const embedded = /^\/embed\/cases\/([\w-]+)$/.exec(path);
  state.framed = path.startsWith('/embed/');
  state.place = state.framed ? { page: 'embed', key: embedded?.[1] ?? '', id: null } : watched ? { page: 'watch', id: watched[1] ?? null } : path === '/join' ? { page: 'join', id: null } : path === '/find' || path === '/reports' ? { page: path.slice(1), query: location.search.slice(1), id: null } : path.startsWith('/admin') ? { page: 'admin', section: ['accounts', 'canned', 'proposals', 'people', 'holds', 'reveals', 'configuration', 'routes'].find((name) => path.startsWith(`/admin/${name}`)) ?? 'failed', id: null } : { page: 'work', id: inquiry?.[1] ?? null };
  state.drawer = false;
  changed('place');
}

/** Goes to a path of this screen; the browser's back and forward walk through these. */
export function go(path, { replace = false } = {}) {
  if (path === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', path);
  readPlace();
}

export const inquiryPath = (id) => `/inquiries/${id}`;

/** Where a found inquiry opens: for a supervisor one that somebody else has, on the wall. */
export const foundPath = ({ id, mine, state: how }) => (!mine && ['ASSIGNED', 'HELD'].includes(how) && state.me.role === 'supervisor' ? `/watch/${id}` : inquiryPath(id));

/** Turns clicks on links of this screen into moves without a reload. */
export function followLinks(root) {
  root.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest('a[href^="/"]');
    if (!link || link.target || link.hasAttribute('download')) return;
    event.preventDefault();
    go(link.getAttribute('href'));
  });
  addEventListener('popstate', readPlace);
}
