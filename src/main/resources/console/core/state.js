/**
 * What the screen knows, and who wants to hear when it changes.
 * Views read from here and never keep a second copy; only the modules in core/ write.
 */
export const state = {
  /** @type {object|null} the signed-in operator as /api/me gives it */
  me: null,
  /** False until the first answer about the session is in: neither the sign-in page nor the screen is drawn before. */
  known: false,
  /** @type {object|null} lists as /api/workspace gives them */
  workspace: null,
  /** @type {{page: 'work'|'watch'|'admin'|'find'|'reports'|'embed'|'join', section?: 'failed'|'canned'|'people', key?: string, query?: string, id: string|null}} what the URL names */
  place: { page: 'work', id: null },
  /** Whether this is the chat of a Case in another page's frame: it reads, and says of nobody that they are at work. */
  framed: false,
  /** @type {{state: 'connecting'|'connected'|'lost'|'offline'|'back', retryAt: number|null}} */
  feed: { state: 'connecting', retryAt: null },
  /** Which layer is open: a menu, form, popover or sheet; one at a time. */
  layer: null,
  /** Whether the side panels are shown on a narrow window. */
  drawer: false,
  /** @type {{text: string, id: string|null}|null} an error that has no better place */
  trouble: null,
};

/** Whether somebody works with inquiries: for auditors and operations, what customers said stays masked or away. */
export const hasLists = (me) => !['auditor', 'ops'].includes(me.role);

/** Whether somebody writes to customers, or looks after those who do. */
export const handles = (me) => ['operator', 'supervisor'].includes(me.role);

const listeners = new Map();

/**
 * Calls fn whenever one of the topics changes.
 * @returns {() => void} ends it
 */
export function watch(topics, fn) {
  for (const topic of topics) {
    if (!listeners.has(topic)) listeners.set(topic, new Set());
    listeners.get(topic).add(fn);
  }
  return () => topics.forEach((topic) => listeners.get(topic).delete(fn));
}

/** Says that what stands behind these topics has changed. */
export function changed(...topics) {
  const called = new Set();
  for (const topic of topics) {
    for (const fn of listeners.get(topic) ?? []) {
      if (called.has(fn)) continue;
      called.add(fn);
      fn();
    }
  }
}

/**
 * Resolves once what was asked to be drawn stands there: parts draw in microtasks, one inside the other, a few for each.
 * A key pressed right after finds the focus in its place then; after a frame it would have gone elsewhere.
 */
export async function drawn() {
  for (let turns = 0; turns < 30; turns++) await null;
}

/** Opens a layer, or closes the open one with null. */
export function layer(name, detail = null) {
  const opener = state.layer?.opener ?? document.activeElement;
  const before = state.layer;
  state.layer = name ? { name, detail, opener: before ? before.opener : opener } : null;
  changed('layer');
  // What opened a layer gets the focus back when it closes.
  if (!name && before?.opener?.isConnected) before.opener.focus();
}

/** Shows an error where nothing nearer can show it. */
export function trouble(text, id = null) {
  state.trouble = text ? { text, id } : null;
  changed('trouble');
}
