import { html, nothing } from 'lit';
import { View, icon, face } from './view.js';
import { handles, hasLists, state, layer } from '../core/state.js';
import { signOut } from '../core/session.js';
import { readNotice, setPresence, mine } from '../core/workspace.js';
import { openFolder } from '../core/inquiries.js';
import { go, inquiryPath } from '../core/route.js';
import { switchLanguage, switchTheme, theme } from '../core/settings.js';
import { tryNow } from '../core/feed.js';
import { endsIn } from '../core/idle.js';
import { LIMITS, measure, setMeasure } from '../core/layout.js';
import { everySecond, moment, span } from '../core/time.js';
import { failedCount } from '../core/failed.js';
import { waitingCount } from '../core/approvals.js';
import { noticesOn, soundsOn, switchNotices, switchSounds } from '../core/alerts.js';
import { ariaKeyOf, keyOf } from '../core/shortcuts.js';
import { has, t, lang } from '../core/words.js';
import './palette.js';

/** What wants looking at in an account's month, the worst last. */
const QUOTA = ['unread', 'forecast', 'reserve', 'spent'];

const TONES = { available: 'ok', busy: 'warn', away: 'off' };

/** Drawn here and not from the sprite: without a line a new picture may not come. */
const CUT = html`<svg class="i" viewBox="0 0 16 16" aria-hidden="true"><path d="M2.5 6.5A8.5 8.5 0 0 1 6 4.6M9.5 4.5a8.5 8.5 0 0 1 4 2M5 9.2A4.7 4.7 0 0 1 8 8.1M8 12v.1M2.5 2.5l11 11"/></svg>`;

/** The rail at the left edge: where one can go. */
class Rail extends View {
  static topics = ['me', 'place', 'layer', 'failed', 'workspace'];

  render() {
    const { page } = state.place;
    return html`<nav class="rail" aria-label=${t('rail.label')}>
      <span class="mark">${icon('mark', 'xl')}</span>
      ${state.me.role === 'auditor' ? this.#link('/', 'eye', 'rail.audit', true) : state.me.role === 'ops' ? this.#link('/', 'alert', 'rail.failed', true, failedCount()) : this.#link('/', 'chat', 'rail.work', page === 'work')}
      ${state.me.role === 'supervisor' ? this.#link('/watch', 'eye', 'rail.watch', page === 'watch', waitingCount()) : nothing}
      ${handles(state.me) ? this.#link('/find', 'search', 'find', page === 'find') : nothing}
      ${state.me.role === 'supervisor' ? this.#link('/reports', 'chart', 'reports', page === 'reports') : nothing}
      ${['operator', 'auditor', 'ops'].includes(state.me.role) ? nothing : this.#link('/admin', 'alert', 'rail.failed', page === 'admin', failedCount())}
      <div class="foot">
        ${hasLists(state.me) ? this.#bell() : nothing}
        <button class="railbtn" aria-label="${t('keys.title')} (?)" title="${t('keys.title')} (?)" aria-haspopup="dialog" @click=${() => layer('keys')}>${icon('keys')}</button>
        <span class="av p7 me" title=${state.me.displayName} aria-hidden="true">${face(state.me.displayName)}</span>
      </div>
    </nav>`;
  }

  /** Where colleagues called us by name, until we have looked. */
  #bell() {
    const called = state.workspace?.mentions ?? [];
    const open = state.layer?.name === 'mentions';
    const words = called.length ? `${t('mentions')} (${called.length})` : t('mentions');
    return html`<div class="menubox"><button class="railbtn" aria-haspopup="menu" aria-expanded=${open} aria-label=${words} title=${words} @click=${() => layer(open ? null : 'mentions')}>${icon('bell')}${called.length ? html`<i></i>` : nothing}</button>
      ${open ? html`<ts-menu class="menu up" label=${t('mentions')}>${called.length
        ? called.map((each) => html`<button role="menuitem" @click=${() => (layer(null), go(inquiryPath(each.inquiry)))}>${icon('note', 'sm')}<span class="grow clip">${t('mentions.by', { by: each.by, customer: each.customer })}</span><span class="num meta">${moment(each.at)}</span></button>`)
        : html`<button role="menuitem" @click=${() => layer(null)}>${t('mentions.none')}</button>`}</ts-menu>` : nothing}</div>`;
  }

  #link(path, name, word, here, count = 0) {
    const words = count ? `${t(word)} (${count})` : t(word);
    return html`<a class="railbtn" href=${path} aria-label=${words} title=${words} aria-current=${here ? 'page' : nothing}>${icon(name)}${count ? html`<i></i>` : nothing}</a>`;
  }
}

/** The bar on top: account, line, load, presence, and how this person likes the screen. */
class Top extends View {
  static topics = ['me', 'workspace', 'feed', 'place', 'inquiry', 'layer', 'trouble', 'idle', 'layout'];

  connectedCallback() {
    super.connectedCallback();
    this.endTick = everySecond(() => state.feed.state === 'offline' && this.requestUpdate());
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.endTick();
  }

  /** Looks like the field it opens. */
  #palette() {
    const open = state.layer?.name === 'palette';
    return html`<div class="menubox palettebox"><button class="palettebtn" aria-haspopup="dialog" aria-expanded=${open} aria-keyshortcuts=${ariaKeyOf('move.palette') || nothing} @click=${() => layer(open ? null : 'palette')}>${icon('search')}<span class="clip grow">${t('palette.search')}</span><kbd aria-hidden="true">${keyOf('move.palette')}</kbd></button>
      ${open ? html`<ts-palette></ts-palette>` : nothing}</div>`;
  }

  #account() {
    const here = openFolder()?.inquiry?.accountName;
    const names = [...new Set(mine().map((each) => each.accountName))];
    return here ?? (names.join(' · ') || 'Tsunagi');
  }

  #strip() {
    const { state: line, retryAt } = state.feed;
    if (line === 'offline') {
      const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
      return html`<div class="strip dark">${CUT}<span class="strong">${t('offline.strip', { n: seconds })}</span><span class="clip kept">${t('offline.kept')}</span>
        <button class="btn sm" @click=${tryNow}>${t('offline.now')}</button></div>`;
    }
    if (line === 'back') return html`<div class="strip ok">${icon('check')}<span class="strong">${t('offline.back')}</span></div>`;
    const left = endsIn();
    // Any press goes on; the figure is for eyes only, or it would be read out every second.
    if (left !== null) return html`<div class="strip warn">${icon('timer')}<span class="clip strong">${t('idle')}</span><span class="num" aria-hidden="true">${span(Math.ceil(left / 1000))}</span><button class="btn sm">${t('idle.stay')}</button></div>`;
    if (state.trouble) return this.#trouble();
    const [notice] = state.workspace?.notices ?? [];
    if (notice) return this.#notice(notice);
    const me = state.workspace?.me;
    if (me?.presence === 'away' && ['missed', 'lost'].includes(me.reason)) return html`<div class="strip warn">${icon('alert')}<span class="clip strong">${t(`away.${me.reason}`)}</span><button class="btn sm" @click=${() => setPresence('available')}>${t('away.back')}</button></div>`;
    const salesforce = state.workspace?.salesforce;
    if (salesforce?.state === 'away') return html`<div class="strip warn">${icon('alert')}<span class="clip">${t('salesforce.away', { time: moment(salesforce.since) })}</span></div>`;
    return this.#quota();
  }

  /** The account whose month is nearest to its end, for those who can do something about it. */
  #quota() {
    const [worst] = [...(state.workspace?.quota ?? [])].sort((a, b) => QUOTA.indexOf(b.alert) - QUOTA.indexOf(a.alert));
    if (!worst) return nothing;
    const words = t(`quota.${worst.alert}`, { account: worst.name, used: worst.used, allowed: worst.allowed, forecast: worst.forecast });
    return html`<div class="strip warn">${icon('alert')}<span class="clip" title=${words}>${words}</span><a class="btn sm" href="/admin/accounts">${t('quota.show')}</a></div>`;
  }

  #trouble() {
    const { text, id } = state.trouble;
    return html`<div class="strip bad">${icon('alert')}<span class="clip strong" title=${text}>${text}</span>
      ${id ? html`<button class="btn sm" @click=${() => navigator.clipboard.writeText(id)}>${icon('copy', 'sm')}${t('trouble.copy')}</button>` : nothing}
      <button class="btn sm icon quiet" aria-label=${t('close')} @click=${this.#dropTrouble}>${icon('x', 'sm')}</button></div>`;
  }

  /** What a supervisor says, until it was read. */
  #notice({ id, kind, by, words }) {
    const said = t(`notice-from.${kind}`, { by, words });
    return html`<div class="strip note">${icon('note')}<span class="clip strong" title=${said}>${said}</span><button class="btn sm" @click=${() => readNotice(id)}>${t('notice-from.read')}</button></div>`;
  }

  #dropTrouble() {
    state.trouble = null;
    this.requestUpdate();
  }

  #pick(presence, reason) {
    layer(null);
    setPresence(presence, reason);
  }

  #presence(me) {
    const open = state.layer?.name === 'presence';
    const reasons = state.workspace.busyReasons;
    const choices = [['available', null], ['busy', null], ...reasons.map((reason) => ['busy', reason]), ['away', null]];
    const words = (presence, reason) => (reason ? t('presence.why', { presence: t(`presence.${presence}`), reason: has(`presence.reason.${reason}`) ? t(`presence.reason.${reason}`) : reason }) : t(`presence.${presence}`));
    const here = words(me.presence, me.reason);
    return html`<div class="menubox">
      <button class="btn sm" aria-haspopup="menu" aria-expanded=${open} aria-label="${t('presence')}: ${here}" @click=${() => layer(open ? null : 'presence')}>
        <span class="dot ${TONES[me.presence]}"></span>${here}${icon('down', 'sm')}</button>
      ${open ? html`<ts-menu class="menu right" label=${t('presence')}>
        ${choices.map(([presence, reason]) => {
          const chosen = presence === me.presence && (reason ?? null) === (me.reason ?? null);
          return html`<button role="menuitemradio" aria-checked=${chosen} @click=${() => this.#pick(presence, reason)}>
          <span class="dot ${TONES[presence]}"></span><span class="grow">${words(presence, reason)}</span>${chosen ? icon('check', 'sm') : nothing}</button>`;
        })}
      </ts-menu>` : nothing}
    </div>`;
  }

  #person() {
    const open = state.layer?.name === 'person';
    const { me } = state;
    return html`<div class="menubox">
      <button class="btn sm quiet person" aria-haspopup="menu" aria-expanded=${open} aria-label="${me.displayName} · ${t('person.menu')}" @click=${() => layer(open ? null : 'person')}>
        <span class="clip">${me.displayName}</span>${icon('down', 'sm')}</button>
      ${open ? html`<ts-menu class="menu right" label=${t('person.menu')}>
        <p class="menuhead" role="presentation"><span class="strong">${me.displayName}</span><span class="meta">${me.name} · ${t(`role.${me.role}`)}</span></p>
        ${this.#switch('sounds', soundsOn(), switchSounds)}${this.#switch('notices', noticesOn(), switchNotices)}
        ${handles(me) ? this.#letters() : nothing}
        ${handles(me) ? html`<button role="menuitem" @click=${() => layer('hand-over')}>${icon('swap', 'sm')}<span class="grow">${t('hand-over')}…</span></button>` : nothing}
        <button role="menuitem" @click=${() => layer('own-password')}>${icon('lock', 'sm')}<span class="grow">${t('password.change')}…</span></button>
        <button role="menuitem" @click=${() => layer('own-keys')}>${icon('shield', 'sm')}<span class="grow">${t('own-keys')}…</span></button>
        <button role="menuitem" @click=${signOut}>${icon('exit', 'sm')}<span class="grow">${t('sign-out')}</span></button>
      </ts-menu>` : nothing}
    </div>`;
  }

  /** How large messages and drafts are written, and the columns' widths as they were. */
  #letters() {
    const [least, most] = LIMITS.message;
    const now = measure('message');
    const step = (word, by) => html`<button role="menuitem" aria-label=${t(`letters.${word}`)} title=${t(`letters.${word}`)} aria-disabled=${now + by < least || now + by > most} @click=${() => setMeasure('message', now + by)}>${by > 0 ? '+' : '−'}</button>`;
    return html`<div class="steps" role="group" aria-label=${t('letters')}><span class="grow">${t('letters')}</span>${step('smaller', -1)}<span class="num">${now}</span>${step('larger', 1)}</div>
      <button role="menuitem" @click=${() => (setMeasure('list', null), setMeasure('side', null), layer(null))}>${icon('side', 'sm')}<span class="grow">${t('divider.reset')}</span></button>`;
  }

  #switch(word, on, turn) {
    return html`<button role="menuitemcheckbox" aria-checked=${on} @click=${() => turn(!on)}>${icon(on ? 'check' : 'x', 'sm')}<span class="grow">${t(`${word}.on`)}</span></button>`;
  }

  render() {
    const { workspace, feed } = state;
    const connected = feed.state === 'connected' || feed.state === 'back';
    const [dot, word] = connected ? ['ok', 'line.connected'] : feed.state === 'offline' ? ['bad', 'line.offline'] : ['warn', 'line.connecting'];
    const other = lang() === 'ja' ? 'English' : '日本語';
    const dark = theme() === 'dark';
    return html`<header class="top">
      <p class="acct clip" title=${this.#account()}>${this.#account()}</p>
      ${this.#palette()}
      <div class="stripbox" role="status">${this.#strip()}</div>
      ${!hasLists(state.me) ? nothing : html`<p class="line"><span class="dot ${dot}"></span><span class="meta">${t(word)}</span></p>`}
      ${workspace?.me.capacity ? html`<p class="line"><span class="meta">${t('load')}</span><span class="num strong">${workspace.me.load} / ${workspace.me.capacity}</span></p>${this.#presence(workspace.me)}` : nothing}
      <button class="btn sm quiet langbtn" aria-label=${other} lang=${lang() === 'ja' ? 'en' : 'ja'} @click=${switchLanguage}>${icon('globe')}<span>${other}</span></button>
      <button class="btn sm quiet icon" aria-label=${t(dark ? 'theme.light' : 'theme.dark')} title=${t(dark ? 'theme.light' : 'theme.dark')} @click=${switchTheme}>${icon(dark ? 'sun' : 'moon')}</button>
      ${this.#person()}
    </header>`;
  }
}

customElements.define('ts-rail', Rail);
customElements.define('ts-top', Top);
