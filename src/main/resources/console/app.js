import { html, nothing } from 'lit';
import { View } from './view/view.js';
import { hasLists, state, trouble, watch } from './core/state.js';
import { begin } from './core/session.js';
import { followLinks, readPlace } from './core/route.js';
import { listenForKeys } from './core/keys.js';
import { mentionSeen, mine, summaryOf } from './core/workspace.js';
import { folderOf, openFolder, refreshInquiry } from './core/inquiries.js';
import { loadDraft, saveDraft } from './core/drafts.js';
import { t } from './core/words.js';
import './view/menu.js';
import './view/frame.js';
import './view/list.js';
import './view/chat.js';
import './view/side.js';
import './view/divider.js';

const brought = new Set();

/** Fetches the code of a screen that not everybody opens when it is first wanted; what it shows stands empty until then. */
function bring(name, shown) {
  if (brought.has(name)) return shown;
  brought.add(name);
  import(`./view/${name}.js`).catch(() => {
    brought.delete(name);
    trouble(t('trouble.screen'));
  });
  return shown;
}

/** Layers whose code comes with the first look at them, and where it is. */
const LAYERS = { 'hand-over': 'hand-over', 'own-password': 'own-password', 'own-keys': 'own-keys', viewer: 'viewer', keys: 'key-sheet', call: 'call-forms', 'call-end': 'call-forms' };

/** The whole screen: sign-in, or the frame with the page the address names. */
class App extends View {
  static open = true;
  static topics = ['me', 'place', 'drawer'];

  render() {
    if (!state.known) return nothing;
    if (state.place.page === 'join') return bring('join', html`<ts-join></ts-join>`);
    if (!state.me) return bring('sign-in', html`<ts-sign-in></ts-sign-in>`);
    if (state.framed) return bring('embed', html`<ts-embed></ts-embed>`);
    // In the page the rail stands last: the keyboard reaches the work first. The grid puts it to the left.
    return html`<div class="app">
      <a class="skip" href="#main" @click=${this.#skip}>${t('skip')}</a>
      ${state.me.role === 'auditor' ? bring('audit', html`<ts-audit></ts-audit>`) : state.me.role === 'ops' ? (state.place.section === 'routes' ? bring('routes', html`<ts-routes></ts-routes>`) : bring('failed-work', html`<ts-failed-work></ts-failed-work>`)) : state.place.page === 'watch' ? bring('watch', html`<ts-watch></ts-watch>`) : state.place.page === 'find' ? bring('find', html`<ts-find></ts-find>`) : state.place.page === 'reports' ? bring('reports', html`<ts-reports></ts-reports>`) : state.place.page === 'admin' ? this.#admin() : this.#work()}
      <ts-top></ts-top><ts-rail></ts-rail>
      <ts-key-sheet></ts-key-sheet><ts-hand-over></ts-hand-over><ts-own-password></ts-own-password><ts-own-keys></ts-own-keys><ts-viewer></ts-viewer>
    </div>`;
  }

  #admin() {
    if (state.place.section === 'canned') return bring('canned-admin', html`<ts-canned-admin></ts-canned-admin>`);
    if (state.place.section === 'configuration') return bring('configuration', html`<ts-configuration></ts-configuration>`);
    if (state.place.section === 'routes') return bring('routes', html`<ts-routes></ts-routes>`);
    if (state.place.section === 'proposals') return bring('proposals', html`<ts-proposals></ts-proposals>`);
    if (state.place.section === 'people') return bring('people', html`<ts-people></ts-people>`);
    if (state.place.section === 'holds') return bring('holds', html`<ts-holds></ts-holds>`);
    if (state.place.section === 'reveals') return bring('reveals', html`<ts-reveals></ts-reveals>`);
    return state.place.section === 'accounts' ? bring('accounts', html`<ts-accounts></ts-accounts>`) : bring('failed-work', html`<ts-failed-work></ts-failed-work>`);
  }

  #work() {
    return html`<main id="main" class="work ${state.drawer ? 'drawer' : ''}" tabindex="-1"><ts-list></ts-list><ts-divider column="list"></ts-divider><ts-chat></ts-chat><ts-divider column="side"></ts-divider><ts-side></ts-side></main>`;
  }

  #skip(event) {
    event.preventDefault();
    document.getElementById('main')?.focus();
  }
}

customElements.define('ts-app', App);

let opened = null;

/** Opens what the address names: its messages and draft come from the server, its words stay where they were. */
function follow() {
  if (!state.me || !hasLists(state.me) || state.framed) {
    opened = null;
    return;
  }
  const { id } = state.place;
  if (opened && opened !== id) saveDraft(opened);
  if (opened !== id) state.tab = 'draft';
  if (id && opened !== id) {
    const fetched = refreshInquiry(id);
    // Somebody else's draft is not ours to read: only the owner's is asked for.
    if (summaryOf(id)) loadDraft(id);
    else fetched.then(() => folderOf(id).inquiry?.mine && loadDraft(id));
  }
  opened = id;
}

/** "(3) 対応 — account": how many unread messages wait, also in the icon. */
function title() {
  if (!state.me || state.framed || state.place.page === 'join') return;
  const unread = mine().reduce((sum, each) => sum + each.unread, 0);
  const account = openFolder()?.inquiry?.accountName ?? mine()[0]?.accountName ?? 'Tsunagi';
  const page = t(state.me.role === 'auditor' ? 'admin.audit' : state.me.role === 'ops' ? (state.place.section === 'routes' ? 'admin.routes' : 'admin.failed') : state.place.page === 'watch' ? 'rail.watch' : ['find', 'reports'].includes(state.place.page) ? state.place.page : state.place.page === 'admin' ? `admin.${state.place.section}` : 'title.work');
  document.title = `${unread ? `(${unread}) ` : ''}${page} — ${account}`;
  const link = document.querySelector('link[rel=icon]');
  const wanted = unread ? '/console/favicon-new.svg' : '/console/favicon.svg';
  if (link.getAttribute('href') !== wanted) link.setAttribute('href', wanted);
}

let owned = null;

/** An inquiry that becomes ours while it is on the screen, by a transfer or a take-over, brings its draft along. */
function takeDraftAlong() {
  const inquiry = openFolder()?.inquiry;
  const now = inquiry?.mine ? inquiry.id : null;
  if (now && now !== owned) loadDraft(now).then(() => saveDraft(now));
  owned = now;
}

/** Where somebody called us by name counts as seen once its inquiry is on the screen. */
function seeMentions() {
  const { id } = state.place;
  if (id && state.workspace?.mentions.some((each) => each.inquiry === id) && folderOf(id).version && !document.hidden) mentionSeen(id);
}

watch(['layer'], () => state.layer?.name in LAYERS && bring(LAYERS[state.layer.name]));
// Only supervisors look over somebody's shoulder.
watch(['me', 'place', 'inquiry'], () => state.me?.role === 'supervisor' && bring('watch-desk'));
watch(['me', 'place'], follow);
watch(['place', 'inquiry'], takeDraftAlong);
watch(['place', 'workspace', 'inquiry'], seeMentions);
watch(['me', 'place', 'workspace', 'inquiry', 'words'], title);
// A file that misses the draft must not take the place of this screen.
for (const kind of ['dragover', 'drop']) addEventListener(kind, (event) => event.dataTransfer?.types.includes('Files') && event.preventDefault());
followLinks(document);
readPlace();
if (!state.framed) listenForKeys();
begin();
