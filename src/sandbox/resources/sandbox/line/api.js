/** The sandbox's control API, and its news. A refusal becomes an Error with the platform's words. */
async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const json = await answer.json();
  if (!answer.ok) throw new Error(json.message || `HTTP ${answer.status}`);
  return json;
}

const user = (id) => `/sandbox/users/${encodeURIComponent(id)}`;

export const accounts = () => call('GET', '/sandbox/accounts');
export const users = () => call('GET', '/sandbox/users');
export const putUser = (id, profile) => call('PUT', user(id), profile);
export const chat = (id, account) => call('GET', `${user(id)}/chat?account=${encodeURIComponent(account)}`);
export const write = (id, message) => call('POST', `${user(id)}/messages`, message);
export const happen = (id, event) => call('POST', `${user(id)}/events`, event);
export const redeliver = (id, account) => call('POST', `${user(id)}/redeliver`, { account });
export const tap = (id, account, label, params) => call('POST', `${user(id)}/tap`, { account, label, params });
export const truth = () => call('GET', '/sandbox/truth?newest=200');
export const stats = (account, id) =>
  call('GET', `/sandbox/stats?account=${encodeURIComponent(account)}&userId=${encodeURIComponent(id || '')}`);
export const faults = () => call('GET', '/sandbox/faults');
export const putFaults = (list) => call('PUT', '/sandbox/faults', list);
export const settings = () => call('GET', '/sandbox/settings');
export const putSettings = (changes) => call('PUT', '/sandbox/settings', changes);
export const contentUrl = (messageId) => `/sandbox/contents/${encodeURIComponent(messageId)}`;

/** Calls back with each piece of news; `open` after every (re)connection, when anything may have been missed. */
export function listen(onNews, onOpen) {
  const source = new EventSource('/sandbox/stream');
  source.onopen = onOpen;
  source.onmessage = (e) => onNews(JSON.parse(e.data));
}
