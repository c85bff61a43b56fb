import { html, nothing } from 'lit';
import { View } from './view/view.js';
import { hasLists, state, watch } from './core/state.js';
import { begin } from './core/session.js';
import { followLinks, readPlace } from './core/route.js';
import { listenForKeys } from './core/keys.js';
import { mentionSeen, mine, summaryOf } from './core/workspace.js';
import { folderOf, openFolder, refreshInquiry } from './core/inquiries.js';
import { loadDraft, saveDraft } from './core/drafts.js';
import { t } from './core/words.js';
import './view/menu.js';
import './view/sign-in.js';
import './view/frame.js';
import './view/list.js';
import './view/chat.js';
import './view/side.js';
import './view/watch.js';
import './view/embed.js';
import './view/failed-work.js';
import './view/accounts.js';
import './view/canned-admin.js';
import './view/proposals.js';
import './view/configuration.js';
import './view/routes.js';
import './view/people.js';
import './view/holds.js';
import './view/reveals.js';
import './view/join.js';
import './view/own-password.js';
import './view/own-keys.js';
import './view/audit.js';
import './view/key-sheet.js';
import './view/hand-over.js';
import './view/viewer.js';

/** The whole screen: sign-in, or the frame with the page the address names. */
class App extends View {
  static open = true;
  static topics = ['me', 'place', 'drawer'];

  render() {
    if (!state.known) return nothing;
    if (state.place.page === 'join') return html`<ts-join></ts-join>`;
    if (!state.me) return html`<ts-sign-in></ts-sign-in>`;
    if (state.framed) return html`<ts-embed></ts-embed>`;
    // In the page the rail stands last: the keyboard reaches the work first. The grid puts it to the left.
    return html`<div class="app">
      <a class="skip" href="#main" @click=${this.#skip}>${t('skip')}</a>
      ${state.me.role === 'auditor' ? html`<ts-audit></ts-audit>` : state.me.role === 'ops' ? (state.place.section === 'routes' ? html`<ts-routes></ts-routes>` : html`<ts-failed-work></ts-failed-work>`) : state.place.page === 'watch' ? html`<ts-watch></ts-watch>` : state.place.page === 'admin' ? this.#admin() : this.#work()}
      <ts-top></ts-top><ts-rail></ts-rail>
      <ts-key-sheet></ts-key-sheet><ts-hand-over></ts-hand-over><ts-own-password></ts-own-password><ts-own-keys></ts-own-keys><ts-viewer></ts-viewer>
    </div>`;
  }

  #admin() {
    if (state.place.section === 'canned') return html`<ts-canned-admin></ts-canned-admin>`;
    if (state.place.section === 'configuration') return html`<ts-configuration></ts-configuration>`;
    if (state.place.section === 'routes') return html`<ts-routes></ts-routes>`;
    if (state.place.section === 'proposals') return html`<ts-proposals></ts-proposals>`;
    if (state.place.section === 'people') return html`<ts-people></ts-people>`;
    if (state.place.section === 'holds') return html`<ts-holds></ts-holds>`;
    if (state.place.section === 'reveals') return html`<ts-reveals></ts-reveals>`;
    return state.place.section === 'accounts' ? html`<ts-accounts></ts-accounts>` : html`<ts-failed-work></ts-failed-work>`;
  }

  #work() {
    return html`<main id="main" class="work ${state.drawer ? 'drawer' : ''}" tabindex="-1"><ts-list></ts-list><ts-chat></ts-chat><ts-side></ts-side></main>`;
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
  const page = t(state.me.role === 'auditor' ? 'admin.audit' : state.me.role === 'ops' ? (state.place.section === 'routes' ? 'admin.routes' : 'admin.failed') : state.place.page === 'watch' ? 'rail.watch' : state.place.page === 'admin' ? `admin.${state.place.section}` : 'title.work');
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
  if (now && now !== owned) loadDraft(now);
  owned = now;
}

/** Where somebody called us by name counts as seen once its inquiry is on the screen. */
function seeMentions() {
  const { id } = state.place;
  if (id && state.workspace?.mentions.some((each) => each.inquiry === id) && folderOf(id).version && !document.hidden) mentionSeen(id);
}

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
