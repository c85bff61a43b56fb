/** The desk: customers on the left, their phones in the middle, on the right what the platform sees. */
import * as api from './api.js';
import { Phone } from './desk.js';
import { avatar, el, exactClock, shortName, span } from './draw.js';
import { fill, words } from './words.js';

const at = (id) => document.getElementById(id);
const state = { accounts: [], users: [], truth: [], open: [], chosen: '', stats: {}, faults: [], settings: {}, last: new Map(), seen: new Map(), skew: 0 };
const phones = new Map();
const wide = matchMedia('(min-width: 1680px)');
const narrow = matchMedia('(max-width: 1199px)');

const FAULTS = [
  { key: '429', word: '429', list: ['push', 'reply'].map((endpoint) => ({ endpoint, status: 429 })) },
  { key: '500', word: '500', list: ['push', 'reply'].map((endpoint) => ({ endpoint, status: 500 })) },
  { key: 'lost', word: words.lost, list: ['push', 'reply'].map((endpoint) => ({ endpoint, lostAnswer: true })) },
  { key: 'slow', word: words.slow, list: [{ endpoint: '*', delayMillis: 3000 }] },
  { key: 'twice', word: words.twice, list: [{ endpoint: 'webhook', duplicate: true }] },
];
const DEFAULT_QUOTA = 30000;
const SHOWN_LINES = 120;

// ------------------------------------------------------------ looking things up

const now = () => Date.now() + state.skew;
const room = () => (narrow.matches ? 1 : wide.matches ? 3 : 2);
const userOf = (id) => state.users.find((user) => user.userId === id);
const nameOf = (id) => { const user = userOf(id); return user ? shortName(user.displayName) : (id || '').slice(-6); };
const personColour = (id) => `person-${([...id].reduce((sum, c) => sum + c.charCodeAt(0), 0) % 8) + 1}`;

/** The account this customer's phone is open at: the one with more in its chat. */
function relationOf(user) {
  return [...user.accounts].sort((a, b) => b.messages - a.messages)[0];
}

function accountOf(user) {
  const relation = relationOf(user);
  return state.accounts.find((account) => account.account === (relation ? relation.account : '')) || state.accounts[0];
}

let toastTimer;
function complain(text) {
  const toast = at('toast');
  toast.textContent = text;
  toast.classList.add('shown');
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => toast.classList.remove('shown'), 5000);
}

async function attempt(promise) {
  try {
    return await promise;
  } catch (e) {
    complain(e.message);
    return undefined;
  }
}

// ------------------------------------------------------------ customers

function situation(user) {
  const relation = relationOf(user);
  const last = state.last.get(user.userId);
  if (relation && relation.blocked) return { dot: 'off', word: words.blocked };
  if (relation && relation.typingUntil && Date.parse(relation.typingUntil) > now()) return { dot: 'ok', word: words.typing };
  if (!last) return { dot: '', word: words.noChat };
  if (last.from === 'customer') return { dot: 'warn', word: words.waiting(span((now() - Date.parse(last.at)) / 1000)) };
  return { dot: 'ok', word: words.answered(last.sender && last.sender.name ? last.sender.name : accountOf(user).displayName) };
}

const rows = new Map();
function drawPeople() {
  at('count').textContent = state.users.length;
  const list = at('people');
  const alive = new Set(state.users.map((user) => user.userId));
  for (const [id, row] of rows) if (!alive.has(id)) { row.item.remove(); rows.delete(id); }
  for (const user of state.users) {
    let row = rows.get(user.userId);
    if (!row) {
      row = { name: el('span', { class: 'name' }), state: el('span', { class: 'state' }), dot: el('span', { class: 'dot' }), badge: el('span', { class: 'badge', hidden: true }) };
      row.button = el('button', { type: 'button', class: 'person', onclick: () => choose(user.userId) },
        avatar(user.displayName, personColour(user.userId)), el('span', { class: 'who' }, row.name, row.state), row.badge, row.dot);
      row.item = el('li', {}, row.button);
      rows.set(user.userId, row);
      list.append(row.item);
    }
    const { dot, word } = situation(user);
    const language = words.languages[user.language] || user.language || '';
    row.name.textContent = user.displayName;
    row.state.textContent = `${language} · ${word}`;
    const open = state.open.includes(user.userId);
    row.button.setAttribute('aria-pressed', String(open));
    const messages = relationOf(user) ? relationOf(user).messages : 0;
    if (open || !state.seen.has(user.userId)) state.seen.set(user.userId, messages);
    const unread = messages - state.seen.get(user.userId);
    row.badge.hidden = unread <= 0;
    row.badge.textContent = unread;
    row.dot.className = `dot ${dot}`;
    row.dot.hidden = dot === '' || unread > 0;
  }
  const chosen = userOf(state.chosen);
  at('chosen').textContent = chosen ? words.chosen(chosen.displayName) : '';
  const blocked = chosen && relationOf(chosen) && relationOf(chosen).blocked;
  at('block-word').textContent = blocked ? words.unblock : words.block;
}

function choose(id) {
  if (!state.open.includes(id)) {
    const place = state.open.indexOf(state.chosen);
    if (state.open.length < room()) state.open.push(id);
    else state.open.splice(place < 0 ? 0 : place, 1, id);
  }
  state.chosen = id;
  drawDesk();
  drawPeople();
  loadStats();
}

function drawDesk() {
  while (state.open.length > room()) {
    const extra = state.open.findIndex((id) => id !== state.chosen);
    state.open.splice(extra, 1);
  }
  for (const user of state.users) {
    if (state.open.length >= room()) break;
    if (!state.open.includes(user.userId)) state.open.push(user.userId);
  }
  if (!state.open.includes(state.chosen)) state.chosen = state.open[0] || '';
  const shown = state.open.map((id) => {
    const user = userOf(id);
    const account = accountOf(user);
    const key = `${id} ${account.account}`;
    if (!phones.has(key)) {
      const phone = new Phone(user, account, complain);
      phone.node.addEventListener('focusin', () => { if (state.chosen !== id) { state.chosen = id; drawDesk(); drawPeople(); loadStats(); } });
      phones.set(key, phone);
    }
    return phones.get(key);
  });
  const desk = at('desk');
  const wanted = shown.map((phone) => phone.node);
  if (desk.children.length !== wanted.length || wanted.some((node, i) => desk.children[i] !== node)) {
    desk.replaceChildren(...wanted);
    shown.forEach((phone) => phone.refresh().then(() => phone.toEnd()));
  }
  for (const [key, phone] of phones) phone.node.classList.toggle('chosen', key.startsWith(`${state.chosen} `));
}

async function loadLast(user) {
  const relation = relationOf(user);
  if (!relation || relation.messages === 0) { state.last.delete(user.userId); return; }
  const entries = await api.chat(user.userId, relation.account);
  state.last.set(user.userId, entries[entries.length - 1]);
}

/** Runs an action at most once per pause, however much news there is. */
function calmly(pause, action) {
  let timer;
  let lastRun = 0;
  return () => {
    if (timer !== undefined) return;
    timer = setTimeout(() => { timer = undefined; lastRun = Date.now(); action(); }, Math.max(0, lastRun + pause - Date.now()));
  };
}

async function loadUsers() {
  state.users = await api.users();
  drawDesk();
  drawPeople();
}

// ------------------------------------------------------------ the platform

const figure = (value, more) => [el('b', { class: 'figure' }, value), more ? el('span', { class: 'meta' }, ` ${more}`) : ''];

function drawStats() {
  const { webhooks = {}, quota = {}, sameTwice = 0, replyTokenUntil } = state.stats;
  const seconds = replyTokenUntil ? (Date.parse(replyTokenUntil) - now()) / 1000 : 0;
  at('reply-token').replaceChildren(...(seconds > 0 ? figure(span(seconds), words.left) : figure('—', words.none)));
  at('paid').replaceChildren(...figure((quota.used || 0).toLocaleString('en'), quota.value < 0 ? words.unlimited : `/ ${(quota.value || 0).toLocaleString('en')}`));
  at('median').replaceChildren(...figure(webhooks.medianMillis === undefined ? '—' : String(webhooks.medianMillis), words.median));
  at('doubles').replaceChildren(...figure(`${sameTwice} · ${webhooks.lost || 0}`));
  const chosen = userOf(state.chosen);
  at('whose').textContent = chosen ? accountOf(chosen).displayName : '';
}

async function loadStats() {
  const chosen = userOf(state.chosen);
  if (!chosen) return;
  const stats = await attempt(api.stats(accountOf(chosen).account, state.chosen));
  if (!stats) return;
  state.stats = stats;
  state.skew = Date.parse(stats.now) - Date.now();
  drawStats();
}

const same = (a, b) => a.endpoint === b.endpoint && a.status === b.status && Boolean(a.lostAnswer) === Boolean(b.lostAnswer)
  && (a.delayMillis || 0) === (b.delayMillis || 0) && Boolean(a.duplicate) === Boolean(b.duplicate) && a.times === undefined;

function drawFaults() {
  const on = (fault) => fault.list.every((one) => state.faults.some((active) => same(active, one)));
  const toggle = (word, pressed, act) => el('button', { type: 'button', class: 'button', 'aria-pressed': String(pressed), onclick: act }, word);
  at('faults').replaceChildren(
    ...FAULTS.map((fault) => toggle(fault.word, on(fault), async () => {
      const others = state.faults.filter((active) => !fault.list.some((one) => same(active, one)));
      await attempt(api.putFaults(on(fault) ? others : [...fault.list, ...others].sort((a, b) => (a.endpoint === '*') - (b.endpoint === '*'))));
      await loadFaults();
    })),
    toggle(words.quotaGone, state.settings.quota === 0, async () => {
      await attempt(api.putSettings({ quota: state.settings.quota === 0 ? DEFAULT_QUOTA : 0 }));
      await loadFaults();
      loadStats();
    }),
    toggle(words.redelivery, state.settings.redelivery === true, async () => {
      await attempt(api.putSettings({ redelivery: !state.settings.redelivery }));
      await loadFaults();
    }));
}

async function loadFaults() {
  [state.faults, state.settings] = await Promise.all([api.faults(), api.settings()]);
  const focused = [...at('faults').children].indexOf(document.activeElement);
  drawFaults();
  if (focused >= 0) at('faults').children[focused].focus();
}

function outcome(line) {
  if (line.direction === 'in') return line.status === 0 ? words.failed(line.reason) : `${line.status} · ${line.millis} ms`;
  if (line.answerLost) return words.lostAnswer;
  if (line.status !== 200) return String(line.status);
  if (line.what === 'reply') return words.free;
  return line.paid > 0 ? words.paidCount(line.paid) : String(line.status);
}

function drawLine(line) {
  const kind = words.what[line.what] || line.what;
  const known = line.userId ? words.sentTo(kind, nameOf(line.userId)) : kind;
  const text = line.status === 409 ? words.accepted : `${line.redelivery ? words.again : ''}${known}`;
  const bad = line.direction === 'in' ? line.status < 200 || line.status > 299 : line.answerLost || (line.status >= 400 && line.status !== 409);
  const incoming = line.direction === 'in';
  return el('li', { class: 'happened' }, el('time', { class: 'figure', datetime: line.at }, exactClock(line.at)),
    el('span', { class: incoming ? 'way in' : 'way out' }, incoming ? '→' : '←'),
    el('span', { class: 'text', title: text }, text), el('span', { class: bad ? 'figure bad' : 'figure' }, outcome(line)));
}

function addLine(line) {
  const list = at('truth');
  list.prepend(drawLine(line));
  while (list.children.length > SHOWN_LINES) list.lastElementChild.remove();
}

// ------------------------------------------------------------ news

async function loadAll() {
  state.accounts = await api.accounts();
  await loadUsers();
  await Promise.all(state.users.map(loadLast));
  drawPeople();
  await Promise.all([...phones.values()].filter((phone) => phone.node.isConnected).map((phone) => phone.refresh()));
  const lines = await api.truth();
  at('truth').replaceChildren();
  lines.forEach(addLine);
  await loadFaults();
  await loadStats();
}

const changed = new Set();
const showChanged = calmly(150, () => attempt((async () => {
  const ids = [...changed];
  changed.clear();
  await loadUsers();
  await Promise.all(ids.map(userOf).filter(Boolean).map(loadLast));
  drawPeople();
  for (const phone of phones.values()) if (ids.includes(phone.user.userId) && phone.node.isConnected) await phone.refresh();
})()));
const showStats = calmly(500, loadStats);

function onNews(news) {
  if (news.kind === 'truth') { addLine(news.line); showStats(); }
  else if (news.kind === 'chat') { changed.add(news.userId); showChanged(); }
  else if (news.kind === 'users') attempt(loadUsers());
  else if (news.kind === 'reset') { state.seen.clear(); state.last.clear(); attempt(loadAll()); }
  else attempt(loadFaults().then(loadStats));
}

// ------------------------------------------------------------ buttons

function chosenAct(act) {
  return async () => {
    const user = userOf(state.chosen);
    if (user) await attempt(act(user, accountOf(user).account));
  };
}

at('unsend').addEventListener('click', chosenAct((user, account) => api.happen(user.userId, { account, type: 'unsend' })));
at('redeliver').addEventListener('click', chosenAct((user, account) => api.redeliver(user.userId, account)));
at('block').addEventListener('click', chosenAct((user, account) =>
  api.happen(user.userId, { account, type: relationOf(user) && relationOf(user).blocked ? 'follow' : 'unfollow' })));
at('three').addEventListener('click', chosenAct((user, account) => {
  const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return Promise.all(['card-front', 'card-back', 'receipt'].map((sample, i) =>
    api.write(user.userId, { account, type: 'image', sample, imageSet: { id, index: i + 1, total: 3 } })));
}));

at('add').addEventListener('click', () => {
  const taken = new Set(state.users.map((user) => user.displayName));
  at('newcomer-name').value = words.names.find((name) => !taken.has(name)) || '';
  at('newcomer-account').replaceChildren(...state.accounts.map((account) => el('option', { value: account.account }, account.displayName)));
  at('newcomer').showModal();
});
at('newcomer').addEventListener('close', async () => {
  if (at('newcomer').returnValue !== 'add') return;
  const id = `U${Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  const made = await attempt(api.putUser(id, { displayName: at('newcomer-name').value, language: at('newcomer-language').value, account: at('newcomer-account').value }));
  if (made) { await loadUsers(); choose(id); }
});

let traffic;
at('traffic').addEventListener('click', () => {
  const on = traffic === undefined;
  at('traffic').setAttribute('aria-pressed', String(on));
  if (!on) { clearInterval(traffic); traffic = undefined; return; }
  const speak = () => {
    const free = state.users.filter((user) => relationOf(user) && !relationOf(user).blocked);
    if (free.length === 0) return;
    const user = free[Math.floor(Math.random() * free.length)];
    const text = words.chatter[Math.floor(Math.random() * words.chatter.length)];
    attempt(api.write(user.userId, { account: accountOf(user).account, type: 'text', text }));
  };
  speak();
  traffic = setInterval(speak, 4000);
});

// ------------------------------------------------------------ start

fill(document);
wide.addEventListener('change', drawDesk);
narrow.addEventListener('change', drawDesk);
setInterval(() => {
  drawPeople();
  drawStats();
  for (const phone of phones.values()) {
    const user = userOf(phone.user.userId);
    const relation = user && user.accounts.find((one) => one.account === phone.account.account);
    phone.tick(now(), relation);
  }
}, 1000);
api.listen(onNews, () => attempt(loadAll().then(() => {
  const main = state.accounts.find((account) => account.webhook);
  at('console').href = main ? new URL('/', main.webhook).href : '#';
})));
