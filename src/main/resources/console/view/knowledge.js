import { html, nothing } from 'lit';
import { View, icon } from './view.js';
import { state, trouble } from '../core/state.js';
import { get, post } from '../core/http.js';
import { openFolder } from '../core/inquiries.js';
import { waits } from '../core/approvals.js';
import { insertIntoDraft } from '../core/insert.js';
import { keyName } from '../core/keys.js';
import { t } from '../core/words.js';

const AFTER = 250;
const LONGEST = 120;

/** The customer's last words; those that only asked for a person give way to the question before them. */
function question({ inquiry, messages }) {
  const said = messages.filter((each) => each.from === 'customer' && each.type === 'text' && each.text && !each.unsent);
  const handedOff = messages.findLast((each) => each.type === 'event' && each.text?.startsWith('handed-off'));
  const wish = inquiry.handOff?.reason === 'asked-for-person' && said.at(-1)?.seq < handedOff?.seq;
  return (wish && said.at(-2)) || said.at(-1);
}

/** Articles for the question at hand: the search begins with the customer's last message. */
class Knowledge extends View {
  static topics = ['place', 'inquiry'];
  #shown = null;
  #query = '';
  #own = false;
  #found = null;
  #failed = null;
  #at = 0;
  #whole = null;
  #timer = null;
  #asked = 0;
  /** Whether what is shown was found for other words than those that stand in the field. */
  #stale = false;

  willUpdate() {
    const folder = openFolder();
    if (!folder?.inquiry) return;
    if (this.#shown !== folder.id) {
      this.#shown = folder.id;
      this.#own = false;
      this.#found = null;
      this.#query = '';
    }
    if (this.#own) return;
    const last = question(folder);
    const query = last ? last.text.slice(0, LONGEST) : (folder.inquiry.topic ?? '');
    if (query && query !== this.#query) {
      this.#query = query;
      this.#soon(0);
    }
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  #soon(after = AFTER) {
    clearTimeout(this.#timer);
    this.#stale = true;
    this.#timer = setTimeout(() => this.#search(), after);
  }

  async #search() {
    const inquiry = openFolder()?.inquiry;
    if (!inquiry) return;
    const asked = ++this.#asked;
    const query = this.#query.trim();
    try {
      const language = inquiry.customer.language ?? state.me.language;
      const found = query ? await get(`/knowledge?q=${encodeURIComponent(query)}&language=${encodeURIComponent(language)}`) : [];
      if (asked !== this.#asked) return;
      this.#found = found;
      this.#failed = null;
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#failed = error;
    }
    this.#at = 0;
    this.#whole = null;
    this.#stale = false;
    this.requestUpdate();
  }

  #typed(event) {
    this.#query = event.target.value;
    this.#own = true;
    if (!event.isComposing) this.#soon();
    this.requestUpdate();
  }

  #key(event) {
    if (event.isComposing || event.keyCode === 229 || event.altKey) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const article = this.#found?.[this.#at];
    if (by && this.#found?.length) {
      event.preventDefault();
      this.#choose(Math.max(0, Math.min(this.#found.length - 1, this.#at + by)));
    } else if (event.key === 'Enter' && article) {
      event.preventDefault();
      // Nothing is inserted that was found for other words: Enter looks at once, the next one inserts.
      if (this.#stale) this.#soon(0);
      else this.#insert(article, event.ctrlKey || event.metaKey);
    }
  }

  #choose(at) {
    this.#at = at;
    this.requestUpdate();
    this.updateComplete.then(() => this.querySelector('.k.sel')?.scrollIntoView({ block: 'nearest' }));
  }

  get #writable() {
    const inquiry = openFolder()?.inquiry;
    return inquiry?.mine && inquiry.state === 'ASSIGNED' && !inquiry.offeredUntil && !waits(inquiry);
  }

  async #insert(article, asLink = false) {
    if (article.internal || !this.#writable || (asLink && !article.url)) return;
    const { id } = openFolder();
    insertIntoDraft(id, asLink ? article.url : article.body);
    try {
      await post(`/inquiries/${id}/knowledge-uses`, { articleId: article.id });
    } catch (error) {
      if (error.status !== 401) trouble(t('trouble.knowledge-use'), error.id);
    }
  }

  #article(article, at) {
    const chosen = at === this.#at;
    const whole = this.#whole === article.id;
    return html`<li class="k ${chosen ? 'sel' : ''}" lang=${article.language ?? nothing}>
      <button class="khead" id="k-${at}" aria-expanded=${chosen} @click=${() => this.#choose(at)}><span class="clip grow strong">${article.title}</span>
        ${article.internal ? html`<span class="chip">${icon('lock', 'xs')}${t('knowledge.internal')}</span>` : html`<span class="meta num">${article.number}</span>`}</button>
      ${chosen ? html`<p class=${whole ? 'sum' : 'sum two'}>${article.summary}</p><p class="words body ${whole ? 'whole' : ''}">${article.body}</p>
        <div class="row kacts">${article.internal ? html`<span class="meta">${t('knowledge.not-quoted')}</span>` : html`<button class="btn sm" aria-disabled=${!this.#writable} @click=${() => this.#insert(article)}>${icon('insert', 'sm')}${t('knowledge.insert')}</button>
            ${article.url ? html`<button class="btn sm quiet linkbtn" aria-disabled=${!this.#writable} @click=${() => this.#insert(article, true)}>${icon('ext', 'sm')}${t('knowledge.insert-link')}</button>` : nothing}`}
          <button class="btn sm quiet wholebtn" aria-expanded=${whole} @click=${() => {
            this.#whole = whole ? null : article.id;
            this.requestUpdate();
          }}>${t(whole ? 'fold' : 'knowledge.whole')}</button>
          ${article.uses != null ? html`<span class="end meta num">${t('knowledge.uses', { n: article.uses, bot: article.botUses })}</span>` : nothing}</div>` : html`<p class="sum one">${article.summary}</p>`}
    </li>`;
  }

  render() {
    const found = this.#found;
    return html`<section class="sec fill" aria-labelledby="h-knowledge" aria-busy=${this.#stale}><div class="sh"><h2 id="h-knowledge">${t('knowledge')}</h2><span class="end" aria-hidden="true"><kbd>${keyName('Alt K')}</kbd></span></div>
      <div class="searchbox">${icon('search', 'sm')}<input id="knowledge-search" class="field" type="search" autocomplete="off" spellcheck="false" aria-label=${t('knowledge.search')} placeholder=${t('knowledge.search')}
        .value=${this.#query} @input=${this.#typed} @compositionend=${() => this.#soon()} @keydown=${this.#key} @focus=${(event) => event.target.select()}></div>
      <p class="sr" role="status">${found ? t('knowledge.count', { n: found.length }) : ''}</p>
      ${this.#failed ? html`<p class="row pad"><span class="meta grow">${t('knowledge.failed')}</span><button class="btn sm" @click=${() => this.#search()}>${icon('refresh', 'sm')}${t('again')}</button></p>` : nothing}
      ${found && !found.length && this.#query.trim() ? html`<p class="meta pad">${t('knowledge.none', { words: this.#query.trim().slice(0, 40) })}</p>` : nothing}
      ${found?.length ? html`<ul class="kres scroll" role="list">${found.map((article, at) => this.#article(article, at))}</ul>` : nothing}
    </section>`;
  }
}

customElements.define('ts-knowledge', Knowledge);
