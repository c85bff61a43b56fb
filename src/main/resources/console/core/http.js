import { state, changed } from './state.js';

/** An answer that is not a success, or no answer at all (code "offline", status 0). */
export class ApiError extends Error {
  constructor(status, error, body) {
    super(error.message ?? error.code);
    this.status = status;
    this.code = error.code;
    this.id = error.id ?? null;
    this.error = error;
    this.body = body;
  }

  /** Whether the same call may succeed a little later. */
  get passing() {
    return !this.status || this.status === 429 || this.status >= 500;
  }
}

let signedOut = () => {};

/** Registers what happens when the server no longer knows this session. */
export function onSignedOut(fn) {
  signedOut = fn;
}

/**
 * Calls the hub; a body is JSON, or a file as it is. Gives the parsed JSON, or null for an empty answer.
 * @throws {ApiError}
 */
export async function call(method, path, body) {
  const headers = { Accept: 'application/json' };
  const file = body instanceof Blob;
  if (body !== undefined) headers['Content-Type'] = file ? body.type : 'application/json';
  if (method !== 'GET' && state.me) headers['X-Csrf-Token'] = state.me.csrf;
  let answer;
  let text;
  try {
    answer = await fetch(`/api${path}`, {
      method,
      headers,
      body: body === undefined || file ? body : JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
      // A draft saved while the page closes still arrives.
      keepalive: method === 'PUT',
    });
    text = await answer.text();
  } catch (cause) {
    throw new ApiError(0, { code: 'offline', message: String(cause) }, null);
  }
  let json = null;
  if (text) {
    try {
      json = JSON.parse(text);
    } catch {
      throw new ApiError(answer.status, { code: 'not-understood' }, null);
    }
  }
  if (answer.ok) return json;
  const error = json?.error ?? { code: `status-${answer.status}` };
  // Another tab of this browser may have signed in anew: this one's token is of a session that is over.
  if ((answer.status === 401 || error.code === 'csrf') && path !== '/sign-in') {
    if (state.me) signedOut();
    state.known = true;
    changed('me');
  }
  throw new ApiError(answer.status, error, json);
}

export const get = (path) => call('GET', path);
export const post = (path, body = {}) => call('POST', path, body);
export const put = (path, body) => call('PUT', path, body);
