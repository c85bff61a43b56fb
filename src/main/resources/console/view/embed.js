import { html, nothing } from 'lit';
import { View, icon, hue } from './view.js';
import { state, changed } from '../core/state.js';
import { get } from '../core/http.js';
import { openFolder, refreshInquiry } from '../core/inquiries.js';
import { inquiryPath } from '../core/route.js';
import { signOut } from '../core/session.js';
import { tryNow } from '../core/feed.js';
import { t, lang } from '../core/words.js';
import './log.js';
import './viewer.js';

/** The chat of a Case as another page shows it in a frame: it is read and followed here, and answered in the console. */
class Embed extends View {
  static topics = ['place', 'inquiry', 'feed', 'me'];
  #error = null;

  firstUpdated() {
    this.#find();
  }

  async #find() {
    this.#error = null;
    this.requestUpdate();
    try {
      const inquiry = await get(`/cases/${state.place.key}`);
      state.place = { ...state.place, id: inquiry.id };
      changed('place');
      await refreshInquiry(inquiry.id);
    } catch (error) {
      if (error.status !== 401) this.#error = error;
      this.requestUpdate();
    }
  }

  #head({ id, number, customer, owner, state: at }) {
    return html`<header class="ch framed">
      <h1 class="clip" title=${customer.name}><span>${customer.name}</span>${lang() === 'ja' ? html`<span class="sama"> 様</span>` : nothing}</h1>
      <span class="chip outlined">${t(`inquiry-state.${at}`)}</span>
      ${owner ? html`<span class="meta clip">${owner.displayName}</span>` : nothing}
      <div class="acts"><a class="btn quiet keep" href=${inquiryPath(id)} target="_blank" rel="noopener" title=${t('embed.open.title', { number })}>${icon('ext', 'sm')}<span>${t('embed.open')}</span></a>${this.#leave()}</div>
    </header>`;
  }

  #leave = () => html`<button class="btn quiet icon" aria-label=${t('sign-out')} title="${t('sign-out')} (${state.me.displayName})" @click=${signOut}>${icon('exit')}</button>`;

  #away() {
    if (state.feed.state !== 'offline') return nothing;
    return html`<p class="strip warn" role="status">${icon('alert', 'sm')}<span class="grow">${t('embed.away')}</span><button class="btn sm" @click=${tryNow}>${t('offline.now')}</button></p>`;
  }

  #broken({ status, code, id }) {
    const word = status === 404 || code === 'id' ? 'embed.none' : status === 403 ? 'chat.forbidden' : 'embed.broken';
    return html`<div class="blank"><div><h1>${t(word)}</h1><p>${t(`${word}.text`)}</p>
      ${id ? html`<p class="meta">${t('trouble.id', { id })}</p>` : nothing}
      <p class="row"><button class="btn" @click=${this.#find}>${icon('refresh')}${t('again')}</button>${this.#leave()}</p></div></div>`;
  }

  render() {
    const folder = openFolder();
    const error = this.#error ?? (folder?.inquiry ? null : folder?.error);
    const inquiry = folder?.inquiry;
    return html`<main id="main" class="embed ${inquiry ? hue(inquiry) : ''}"><section class="chat" aria-label=${t('chat.label')} aria-busy=${!inquiry && !error}>
      ${error ? this.#broken(error) : inquiry ? html`${this.#head(inquiry)}${this.#away()}<ts-log></ts-log>` : html`<div class="bones" aria-hidden="true"><i></i><i></i><i></i><i></i></div>`}
    </section></main><ts-viewer></ts-viewer>`;
  }
}

customElements.define('ts-embed', Embed);
