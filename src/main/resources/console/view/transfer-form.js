import { html, nothing } from 'lit';
import { icon } from './view.js';
import { Picker, plain } from './picker.js';
import './popover.js';
import { state, layer } from '../core/state.js';
import { act, calledName, folderOf } from '../core/inquiries.js';
import { colleagues, refreshColleagues, teams } from '../core/colleagues.js';
import { refreshWorkspace } from '../core/workspace.js';
import { t } from '../core/words.js';

const TONES = { available: 'ok', busy: 'warn', away: 'off' };
const SAID = ['wrong-state', 'not-owner', 'full', 'away', 'same-operator', 'offline'];

/** What whoever takes it should know first: the matter, and what the customer said first and last. */
export function summaryFor(inquiry) {
  const said = folderOf(inquiry.id).messages.filter((each) => each.from === 'customer' && each.text).map((each) => each.text);
  const line = (key, words) => (words ? t(`transfer.summary.${key}`, { words: words.length > 200 ? `${words.slice(0, 200)}…` : words }) : null);
  return [line('topic', inquiry.topic), line('first', said[0]), said.length > 1 ? line('last', said.at(-1)) : null].filter(Boolean).join('\n');
}

/** Passes an inquiry on to a team or a person, with a summary. */
class TransferForm extends Picker {
  static topics = ['colleagues'];
  static properties = { inquiry: { attribute: false } };
  #error = null;
  #busy = false;

  connectedCallback() {
    super.connectedCallback();
    this.summary = summaryFor(this.inquiry);
    refreshColleagues().catch((error) => {
      this.#error = error.code === 'offline' ? 'act.offline' : 'transfer.not-loaded';
      this.requestUpdate();
    });
  }

  get found() {
    const wanted = plain(this.query.trim());
    const owner = this.inquiry.owner?.id;
    const places = teams().map((each) => ({ kind: 'team', key: each.team, words: each.team, ...each }));
    const people = colleagues()
      .filter((each) => each.id !== owner)
      .map((each) => ({ kind: 'operator', key: each.id, words: `${each.displayName} ${each.name} ${each.team}`, ...each }));
    return [...places, ...people].filter((each) => !wanted || plain(each.words).includes(wanted));
  }

  /** Enter in the field goes on to the summary; the choice is what is marked. */
  take() {
    this.querySelector('#transfer-summary')?.focus();
  }

  async #submit(event) {
    event?.preventDefault();
    const to = this.found[this.at];
    this.#error = to ? null : 'transfer.whom';
    if (!to || this.#busy) return this.requestUpdate();
    this.#busy = true;
    try {
      await act(this.inquiry.id, 'transfer', { ...(to.kind === 'team' ? { team: to.team } : { operator: to.id }), summary: this.summary.trim() });
      layer(null);
      refreshWorkspace();
    } catch (error) {
      this.#error = `act.${SAID.includes(error.code) ? error.code : 'failed'}`;
    } finally {
      this.#busy = false;
      this.requestUpdate();
    }
  }

  #keys(event) {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.isComposing) this.#submit(event);
  }

  #option(each, at) {
    const team = each.kind === 'team';
    const full = !team && each.load >= each.capacity;
    return html`<div role="option" id="transfer-${at}" class="orow" aria-selected=${at === this.at} @click=${() => this.choose(at)}>
      ${team ? icon('swap', 'sm') : html`<span class="dot ${TONES[each.presence]}"></span>`}
      <span class="grow clip">${team ? t('transfer.team', { team: each.team }) : each.displayName}</span>
      <span class="meta">${team ? t('transfer.available', { n: each.available }) : html`${each.languages.join('·').toUpperCase()} <span class="num ${full ? 'over' : ''}">${each.load}/${each.capacity}</span> ${t(`presence.${each.presence}`)}`}</span></div>`;
  }

  render() {
    const { found } = this;
    const to = found[this.at];
    return html`<ts-popover class="pop form wide" label=${t('transfer')}><form @submit=${this.#submit} @keydown=${this.#keys} novalidate>
      <p class="strong clip">${t('transfer.title', { name: calledName(this.inquiry.customer) })}</p>
      <div class="pickfield">${icon('search', 'sm')}${this.field('transfer', t('transfer.to'))}</div>
      <div id="transfers" class="options scroll" role="listbox" aria-label=${t('transfer.to')}>${found.map((each, at) => this.#option(each, at))}</div>
      ${colleagues().length && !found.length ? html`<p class="meta none">${t('transfer.none', { words: this.query })}</p>` : nothing}
      <label for="transfer-summary">${t('transfer.summary')}</label>
      <textarea id="transfer-summary" class="area" maxlength="5000" .value=${this.summary} @input=${(event) => (this.summary = event.target.value)}></textarea>
      ${this.#error ? html`<p class="fielderror" role="alert">${icon('alert', 'sm')}<span>${t(this.#error)}</span></p>` : nothing}
      <div class="row foot"><span class="meta grow">${t(state.me.role === 'operator' || this.inquiry.mine ? 'transfer.kept' : 'transfer.kept.other')}</span><button class="btn primary" aria-disabled=${this.#busy || !to}><span class="clip">${to ? t('transfer.do', { name: to.kind === 'team' ? to.team : to.displayName }) : t('transfer')}</span><kbd>Ctrl Enter</kbd></button></div>
    </form></ts-popover>`;
  }
}

customElements.define('ts-transfer-form', TransferForm);
