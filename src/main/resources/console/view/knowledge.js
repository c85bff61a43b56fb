import { html, nothing } from 'lit';
import { View, icon } from './view.js';
import { state, trouble } from '../core/state.js';
import { get, post } from '../core/http.js';
import { tab } from '../core/keys.js';
import { openFolder } from '../core/inquiries.js';
import { waits } from '../core/approvals.js';
import { insertIntoDraft } from '../core/insert.js';
import { keyOf } from '../core/shortcuts.js';
import { has, t } from '../core/words.js';

const AFTER = 250;
const LONGEST = 120;
/** What is looked for: all articles, those that customers may read, those that they may not. */
const KINDS = ['', 'customers', 'internal'];

/** The customer's last words; those that only asked for a person give way to the question before them. */
function question({ inquiry, messages }) {
  const said = messages.filter((each) => each.from === 'customer' && each.type === 'text' && each.text && !each.unsent);
  const handedOff = messages.findLast((each) => each.type === 'event' && each.text?.startsWith('handed-off'));
  const wish = inquiry.handOff?.reason === 'asked-for-person' && said.at(-1)?.seq < handedOff?.seq;
  return (wish && said.at(-2)) || said.at(-1);
}

const chip = (words, on, choose) => html`<button class="chip" aria-pressed=${on} @click=${choose}>${words}</button>`;

const theirs = (inquiry) => inquiry.customer.language ?? state.me.language;

/** Articles for the question at hand: the search begins with the customer's last message. */
class Knowledge extends View {
  static topics = ['place', 'inquiry'];
  #shown = null;
  #query = '';
  #own = false;
  #kind = '';
  /** The language chosen in place of the customer's; null while it is theirs. */
  #language = null;
  /** The words whose article is proposed, and what came of it. */
  #proposal = null;
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
      this.#language = null;
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
      const found = query ? await get(`/knowledge?${new URLSearchParams({ q: query, language: this.#language ?? theirs(inquiry), kind: this.#kind })}`) : [];
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

  #only(kind, language = this.#language) {
    this.#kind = kind;
    this.#language = language;
    this.#soon(0);
    this.requestUpdate();
  }

  /** Which articles are shown. */
  #filters() {
    return html`<div class="kfilters row" role="group" aria-label=${t('knowledge.filters')}>${KINDS.map((kind) => chip(t(`knowledge.kind.${kind || 'all'}`), kind === this.#kind, () => this.#only(kind)))}</div>`;
  }

  /** Where the customer's language is not the operator's, either is looked in. */
  #languages() {
    const inquiry = openFolder()?.inquiry;
    const languages = inquiry ? [...new Set([theirs(inquiry), state.me.language])] : [];
    if (languages.length < 2) return nothing;
    return html`<div class="kfilters row" role="group" aria-label=${t('knowledge.language')}>${languages.map((each) => chip(has(`language.${each}`) ? t(`language.${each}`) : each, each === (this.#language ?? languages[0]), () => this.#only(this.#kind, each)))}</div>`;
  }

  /** What one can do where nothing was found. */
  #none() {
    const query = this.#query.trim();
    const proposal = this.#proposal?.of === query ? this.#proposal : null;
    return html`<div class="knone"><p class="meta">${t('knowledge.none', { words: query.slice(0, 40) })}</p>
      <p class="row">${this.#kind ? html`<button class="btn sm" @click=${() => this.#only('')}>${icon('search', 'sm')}${t('knowledge.all-kinds')}</button>` : nothing}
        ${this.#writable ? html`<button class="btn sm" @click=${() => tab('draft')}>${icon('chat', 'sm')}${t('knowledge.ask')}</button>` : nothing}
        ${this.#kind || this.#stale || proposal?.said ? nothing : html`<button class="btn sm" aria-disabled=${Boolean(proposal)} @click=${() => proposal || this.#propose(query)}>${icon('book', 'sm')}${t('knowledge.propose')}</button>`}</p>
      <p class="meta" role="status">${proposal?.said ? t(`knowledge.proposed.${proposal.said}`) : ''}</p></div>`;
  }

  async #propose(query) {
    this.#proposal = { of: query };
    this.requestUpdate();
    try {
      const { proposed } = await post(`/inquiries/${openFolder().id}/article-proposals`, { words: query.slice(0, LONGEST), language: this.#language ?? theirs(openFolder().inquiry) });
      this.#proposal = { of: query, said: proposed ? 'yes' : 'decided' };
    } catch (error) {
      this.#proposal = error.code === 'words' ? { of: query, said: 'short' } : null;
      if (error.code !== 'words' && error.status !== 401) trouble(t('knowledge.not-proposed'), error.id);
    }
    this.requestUpdate();
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
    return html`<section class="sec fill" aria-labelledby="h-knowledge" aria-busy=${this.#stale}><div class="sh"><h2 id="h-knowledge">${t('knowledge')}</h2>${this.#filters()}<span class="end" aria-hidden="true"><kbd>${keyOf('move.knowledge')}</kbd></span></div>
      <div class="searchbox">${icon('search', 'sm')}<input id="knowledge-search" class="field" type="search" autocomplete="off" spellcheck="false" aria-label=${t('knowledge.search')} placeholder=${t('knowledge.search')}
        .value=${this.#query} @input=${this.#typed} @compositionend=${() => this.#soon()} @keydown=${this.#key} @focus=${(event) => event.target.select()}></div>
      ${this.#languages()}
      <p class="sr" role="status">${found ? t('knowledge.count', { n: found.length }) : ''}</p>
      ${this.#failed ? html`<p class="row pad"><span class="meta grow">${t('knowledge.failed')}</span><button class="btn sm" @click=${() => this.#search()}>${icon('refresh', 'sm')}${t('again')}</button></p>` : nothing}
      ${found && !found.length && this.#query.trim() ? this.#none() : nothing}
      ${found?.length ? html`<ul class="kres scroll" role="list">${found.map((article, at) => this.#article(article, at))}</ul>` : nothing}
    </section>`;
  }
}

customElements.define('ts-knowledge', Knowledge);
