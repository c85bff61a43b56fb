import { language, say, theme } from './words.js';

const LIMIT = 600;
const $ = id => document.getElementById(id);
const when = new Intl.DateTimeFormat(language, { timeZone: 'Asia/Tokyo', month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const exact = new Intl.DateTimeFormat(language, { timeZone: 'Asia/Tokyo', dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });
const clock = new Intl.DateTimeFormat(language, { timeZone: 'Asia/Tokyo', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const date = text => new Date(text.replace('+0000', 'Z'));
const time = text => text ? when.format(date(text)) : '';

/** Makes an element: attributes first, then children; text is only ever text. */
function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter(child => child !== null && child !== undefined));
  return made;
}

const chip = (text, kind = '') => text ? el('span', { class: `chip ${kind}` }, text) : '';
const caseStatus = row => chip(row.Status, row.IsClosed ? '' : row.Status === 'New' ? 'accent' : 'ok');
const articleStatus = row => chip(row.PublishStatus, row.PublishStatus === 'Online' ? 'ok' : 'warn');
const callStatus = call => chip(call.status === null ? '…' : String(call.status), call.status >= 400 ? 'bad' : 'ok');

/** What each tab lists: its records, its columns as [words, width, cell]. */
const TABS = {
  Case: {
    load: () => get(`/sandbox/records/Case?newest=true&limit=${LIMIT}`),
    id: row => row.Id,
    columns: [
      ['number', 'w-number', row => row.CaseNumber], ['subject', '', row => row.Subject ?? ''],
      ['contact', 'w-name', row => row['Contact.Name'] ?? ''], ['status', 'w-short', caseStatus],
      ['changed', 'w-time', row => time(row.LastModifiedDate)],
    ],
    show: showCase,
  },
  Contact: {
    load: () => get(`/sandbox/records/Contact?newest=true&limit=${LIMIT}`),
    id: row => row.Id,
    columns: [
      ['fullName', 'w-mid', row => row.Name], ['line', '', row => row.LineUserId__c ? chip(`${say('linked')} ${row.LineDisplayName__c ?? ''}`, 'ok') : ''],
      ['language', 'w-tiny', row => row.Language__c ?? ''], ['member', 'w-short', row => row.MemberNumber__c ?? ''],
      ['changed', 'w-time', row => time(row.LastModifiedDate)],
    ],
    show: showContact,
  },
  Knowledge__kav: {
    load: () => get(`/sandbox/records/Knowledge__kav?limit=${LIMIT}`),
    id: row => row.Id,
    columns: [
      ['number', 'w-number', row => row.ArticleNumber], ['title', '', row => row.Title],
      ['language', 'w-tiny', row => row.Language.slice(0, 2)], ['category', 'w-short', row => row.Category__c ?? ''],
      ['audience', 'w-short', row => row.IsVisibleInPkb ? say('public') : chip(say('internal'), 'warn')],
      ['status', 'w-short', articleStatus],
    ],
    show: showArticle,
  },
  calls: {
    load: async () => (await get(`/sandbox/calls?limit=${LIMIT}`)).reverse(),
    id: call => String(call.number),
    columns: [
      ['time', 'w-short', call => clock.format(new Date(call.at))], ['call', '', call => `${call.method} ${shortUri(call.uri)}`],
      ['client', 'w-short', call => call.client], ['answer', 'w-tiny', callStatus],
    ],
    show: showCall,
  },
};

const state = { tab: 'Case', id: '', rows: [], shown: '' };
const drawn = new Map();

const shortUri = uri => {
  try {
    return decodeURIComponent(uri.replace(/^\/services\/data\/v\d+\.\d+/, '').replaceAll('+', ' '));
  } catch {
    return uri;
  }
};

async function get(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}

// ---- the frame -----------------------------------------------------------------------------

function frame() {
  document.documentElement.lang = language;
  document.documentElement.dataset.theme = theme;
  document.title = say('name');
  $('name').textContent = say('name');
  $('fake').textContent = say('fake');
  $('find').placeholder = say('find');
  $('find').setAttribute('aria-label', say('find'));
  const look = (lang, look) => `?lang=${lang}&theme=${look}${location.hash}`;
  $('look').replaceChildren(
    el('a', { href: look(language === 'ja' ? 'en' : 'ja', theme), lang: language === 'ja' ? 'en' : 'ja' }, say('other')),
    el('a', { href: look(language, theme === 'dark' ? 'light' : 'dark') }, say(theme === 'dark' ? 'light' : 'dark')));
}

function tabs(sizes) {
  $('tabs').replaceChildren(...Object.keys(TABS).map(tab =>
    el('a', { href: `#/${tab}`, 'aria-current': tab === state.tab ? 'page' : undefined }, say(tab),
      sizes[tab] === undefined ? null : el('span', { class: 'size' }, String(sizes[tab])))));
}

// ---- the list ------------------------------------------------------------------------------

/** Draws the list; a row that is there already keeps its element, so that focus and scroll stay. */
function list() {
  const { id, columns } = TABS[state.tab];
  const wanted = $('find').value.normalize('NFKC').toLowerCase();
  const rows = state.rows.filter(row => !wanted || JSON.stringify(row).normalize('NFKC').toLowerCase().includes(wanted));
  const kept = new Set();
  rows.forEach((row, at) => {
    const key = id(row);
    kept.add(key);
    let line = drawn.get(key);
    const content = JSON.stringify(row);
    if (!line) {
      line = { element: el('tr'), content: '' };
      line.element.addEventListener('click', () => { location.hash = `#/${state.tab}/${key}`; });
      drawn.set(key, line);
    }
    if (line.content !== content) {
      line.content = content;
      const focused = line.element.contains(document.activeElement);
      line.element.replaceChildren(...columns.map(([, , cell], column) => {
        const inside = cell(row);
        return el('td', { title: typeof inside === 'string' ? inside : undefined },
          column === 0 ? el('a', { href: `#/${state.tab}/${key}` }, inside) : inside);
      }));
      if (focused) line.element.querySelector('a').focus();
    }
    line.element.setAttribute('aria-selected', String(key === state.id));
    if ($('rows').children[at] !== line.element) $('rows').insertBefore(line.element, $('rows').children[at] ?? null);
  });
  for (const [key, line] of drawn) {
    if (!kept.has(key)) {
      line.element.remove();
      drawn.delete(key);
    }
  }
  $('empty').hidden = rows.length > 0;
  $('empty').textContent = say('noRows');
  $('count').textContent = wanted ? say('said', rows.length, state.rows.length) : say('rows', rows.length);
}

function head() {
  drawn.clear();
  $('rows').replaceChildren();
  $('head').replaceChildren(...TABS[state.tab].columns.map(([name, width]) => el('th', { class: width, scope: 'col' }, say(name))));
}

// ---- the detail ----------------------------------------------------------------------------

const PARENTS = { ContactId: 'Contact', Case__c: 'Case', ParentId: 'Case', CaseId: 'Case' };

function fields(row, skip = []) {
  const lines = Object.entries(row).filter(([name, value]) =>
    value !== null && value !== '' && name !== 'attributes' && !name.includes('.') && !skip.includes(name));
  return el('dl', { class: 'card' }, ...lines.flatMap(([name, value]) => {
    const parent = row[`${name.replace(/Id$/, '').replace(/__c$/, '__r')}.Name`];
    const text = parent ? `${parent}` : /Date$|Modstamp$|^SentAt/.test(name) ? exact.format(date(String(value))) : String(value);
    return [el('dt', { title: name }, name), el('dd', { title: parent ? String(value) : undefined },
      PARENTS[name] ? el('a', { href: `#/${PARENTS[name]}/${value}` }, text) : text)];
  }));
}

async function showCase(row) {
  const [messages, comments, used] = await Promise.all([
    get(`/sandbox/records/LineMessage__c?Case__c=${row.Id}`),
    get(`/sandbox/records/CaseComment?ParentId=${row.Id}`),
    get(`/sandbox/records/CaseArticle?CaseId=${row.Id}`)]);
  messages.sort((a, b) => (a.SentAt__c ?? a.CreatedDate).localeCompare(b.SentAt__c ?? b.CreatedDate));
  return [
    el('h2', {}, row.Subject ?? row.CaseNumber),
    el('p', { class: 'sub' }, row.CaseNumber, caseStatus(row), chip(row.Priority), chip(row.Topic__c),
      row.ContactId ? el('a', { href: `#/Contact/${row.ContactId}` }, row['Contact.Name'] ?? row.ContactId) : null),
    el('h3', {}, `${say('transcript')} ${messages.length || ''}`),
    messages.length ? el('ol', { class: 'talk' }, ...messages.map(bubble)) : el('p', { class: 'hint' }, say('noTalk')),
    ...(comments.length ? [el('h3', {}, say('comments')),
      ...comments.map(comment => el('p', { class: 'card' }, comment.CommentBody))] : []),
    ...(used.length ? [el('h3', {}, say('files')),
      ...used.map(one => el('p', { class: 'card' }, one['KnowledgeArticle.Name'] ?? one.KnowledgeArticleId))] : []),
    el('h3', {}, say('fields')),
    fields(row),
  ];
}

function bubble(message) {
  const direction = (message.Direction__c ?? '').toLowerCase();
  const inward = direction.startsWith('in') || direction === 'customer';
  const byBot = !inward && (direction.includes('bot') || (message.Operator__c ?? '').toLowerCase() === 'bot' || !message.Operator__c);
  const who = inward ? say('customer') : byBot ? say('bot') : message.Operator__c ?? say('operator');
  const type = message.Type__c && message.Type__c.toLowerCase() !== 'text' ? ` · ${message.Type__c}` : '';
  return el('li', { class: inward ? 'in' : byBot ? 'out bot' : 'out' },
    el('div', { class: 'who' }, `${who}${type} · ${message.SentAt__c ? clock.format(date(message.SentAt__c)) : ''}`),
    el('div', { class: 'said' }, message.Text__c ?? `[${message.Type__c ?? ''}]`));
}

async function showContact(row) {
  const cases = await get(`/sandbox/records/Case?ContactId=${row.Id}&newest=true`);
  return [
    el('h2', {}, row.Name),
    el('p', { class: 'sub' }, row.MemberNumber__c ?? '', chip(row.Language__c), row.LineUserId__c ? chip(say('linked'), 'ok') : null),
    el('h3', {}, say('fields')), fields(row),
    el('h3', {}, `${say('cases')} ${cases.length}`),
    el('dl', { class: 'card' }, ...cases.flatMap(one => [
      el('dt', {}, one.CaseNumber), el('dd', {}, el('a', { href: `#/Case/${one.Id}` }, one.Subject ?? one.CaseNumber))])),
  ];
}

async function showArticle(row) {
  const versions = await get(`/sandbox/records/Knowledge__kav?KnowledgeArticleId=${row.KnowledgeArticleId}`);
  return [
    el('h2', { lang: row.Language.slice(0, 2) }, row.Title),
    el('p', { class: 'sub' }, row.ArticleNumber, chip(row.Language), articleStatus(row),
      row.IsVisibleInPkb ? null : chip(say('internal'), 'warn'),
      ...versions.filter(one => one.Id !== row.Id).map(one => el('a', { href: `#/Knowledge__kav/${one.Id}`, lang: one.Language.slice(0, 2) }, one.Title))),
    el('h3', {}, say('article')),
    el('div', { class: 'card read', lang: row.Language.slice(0, 2) }, ...richText(row.Answer__c ?? '')),
    el('h3', {}, say('fields')), fields(row, ['Answer__c']),
  ];
}

/** Shows rich text as paragraphs and lists of plain text; other markup is dropped. */
function richText(html) {
  const made = [];
  const plain = text => text.replaceAll(/<br\s*\/?>/g, '\n').replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&nbsp;', ' ').replaceAll('&amp;', '&');
  for (const [, list, paragraph, rest] of html.matchAll(/<[ou]l>(.*?)<\/[ou]l>|<p>(.*?)<\/p>|([^<]+)/gs)) {
    if (list !== undefined) {
      made.push(el('ol', {}, ...[...list.matchAll(/<li>(.*?)<\/li>/gs)].map(([, item]) => el('li', {}, plain(item)))));
    } else if ((paragraph ?? rest ?? '').trim()) {
      made.push(el('p', {}, plain(paragraph ?? rest)));
    }
  }
  return made;
}

async function showCall(call) {
  let body = call.body ?? '';
  try {
    body = JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    // not JSON: shown as it came
  }
  return [
    el('h2', {}, `${call.method} ${shortUri(call.uri)}`),
    el('p', { class: 'sub' }, exact.format(new Date(call.at)), callStatus(call), chip(call.errorCode ?? '', 'bad'), call.fault ? chip(say('fault'), 'warn') : null),
    ...(body ? [el('h3', {}, say('sent')), el('pre', {}, body)] : []),
    el('h3', {}, say('fields')),
    fields({ ...call, body: null, fault: call.fault ? JSON.stringify(call.fault) : null }),
  ];
}

async function detail() {
  const { id, show } = TABS[state.tab];
  const row = state.rows.find(one => id(one) === state.id);
  const tab = state.tab;
  const parts = row ? await show(row) : [el('p', { class: 'hint' }, say(state.id ? 'gone' : 'choose'))];
  if (tab !== state.tab || (row && id(row) !== state.id)) return;
  const content = el('div', {}, ...parts.filter(part => part !== null));
  // the same content is left alone, so that a selection in it stays
  if (content.textContent !== state.shown || !$('detail').firstChild) {
    state.shown = content.textContent;
    $('detail').replaceChildren(content);
  }
}

// ---- staying up to date --------------------------------------------------------------------

let busy = false;
let again = false;

async function refresh() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    do {
      again = false;
      const tab = state.tab;
      const [sizes, settings, rows] = await Promise.all([get('/sandbox/records'), get('/sandbox/settings'), TABS[tab].load()]);
      if (tab !== state.tab) {
        again = true;
        continue;
      }
      state.rows = rows;
      tabs(sizes);
      $('usage').textContent = say('usage', settings.apiUsed.toLocaleString(language), settings.apiLimit.toLocaleString(language));
      list();
      await detail();
    } while (again);
  } finally {
    busy = false;
  }
}

function navigate() {
  const [, tab, id = ''] = location.hash.split('/');
  const known = tab in TABS ? tab : 'Case';
  if (known !== state.tab || !$('head').firstChild) {
    state.tab = known;
    state.rows = [];
    head();
    $('find').value = '';
  }
  if (id !== state.id) {
    $('detail').scrollTop = 0;
    state.shown = '';
  }
  state.id = id;
  frame();
  refresh();
}

function follow() {
  const feed = new EventSource('/sandbox/feed');
  const say2 = (key, away) => {
    $('live').textContent = say(key);
    $('live').classList.toggle('away', away);
  };
  feed.onopen = () => { say2('live', false); refresh(); };
  feed.onmessage = () => refresh();
  feed.onerror = () => say2('away', true);
}

addEventListener('hashchange', navigate);
$('find').addEventListener('input', list);
navigate();
follow();
