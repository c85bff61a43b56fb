import { html, nothing } from 'lit';
import { icon } from './view.js';
import { Picker, plain } from './picker.js';
import './popover.js';
import { layer } from '../core/state.js';
import { cardsFor, cardOf, loadCards } from '../core/cards.js';
import { write } from '../core/drafts.js';
import { tab } from '../core/keys.js';
import { has, t } from '../core/words.js';

const kindOf = (kind) => (has(`card.kind.${kind}`) ? t(`card.kind.${kind}`) : kind);

/** A card drawn as simply as it reads: its words and its buttons. */
export const cardSketch = (text, labels, kind) => html`<div class="cardmsg"><span class="btype">${kindOf(kind)}</span><div class="words">${text}</div>
  ${labels?.length ? html`<ul class="replies" role="list" aria-label=${t('card.buttons')}>${labels.map((label) => html`<li>${label}</li>`)}</ul>` : nothing}</div>`;

/** What stands in the draft: the card and a field for each of its places. */
export function chosenCard(id, chosen) {
  const card = cardOf(chosen);
  const fill = (place, event) => write(id, { card: { ...chosen, values: { ...chosen.values, [place]: event.target.value } } });
  return html`<div class="chosen cardform"><div class="grow"><p class="strong">${card?.title ?? chosen.name}</p>
      ${(card?.places ?? []).map((place, at) => html`<label for="card-place-${at}">${place}</label><input id="card-place-${at}" class="field" maxlength="300" autocomplete="off" .value=${chosen.values?.[place] ?? ''} @input=${(event) => fill(place, event)}>`)}
      ${card ? html`<p class="meta">${[kindOf(card.kind), ...card.labels].join(' · ')}</p>` : nothing}</div>
    <button class="btn sm icon quiet" aria-label=${t('card.remove')} title=${t('card.remove')} @click=${() => write(id, { card: null })}>${icon('x', 'sm')}</button></div>`;
}

/** Finds a card by its title; it goes into the draft, sending is another act. */
class CardPicker extends Picker {
  static topics = ['draft'];
  static properties = { inquiry: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    loadCards();
  }

  get #language() {
    return this.inquiry.language ?? this.inquiry.customer.language;
  }

  get ready() {
    return cardsFor(this.#language) !== null;
  }

  get found() {
    const wanted = plain(this.query.trim());
    return (cardsFor(this.#language) ?? []).filter((each) => !wanted || plain(`${each.title} ${each.name} ${each.altText}`).includes(wanted));
  }

  take({ name, language }) {
    write(this.inquiry.id, { card: { name, language, values: {} } });
    layer(null);
    tab('draft');
  }

  render() {
    const { found } = this;
    const chosen = found[this.at];
    return html`<ts-popover class="pop picker canned" label=${t('card')}>
      <div class="ph">${icon('search', 'sm')}${this.field('card', t('card.search'))}</div>
      <div id="cards" class="canneds scroll" role="listbox" aria-label=${t('card')}>${found.map((each, at) => html`<div role="option" id="card-${at}" class="crow" aria-selected=${at === this.at} @click=${() => this.take(each)}>
        <span class="clip">${kindOf(each.kind)}</span><span class="clip">${each.title}</span><span class="meta">${each.language}</span></div>`)}</div>
      ${cardsFor(this.#language) && !found.length ? html`<p class="meta nothing">${t('card.none')}</p>` : nothing}
      ${chosen ? html`<div class="cpreview" lang=${chosen.language}>${cardSketch(chosen.altText, chosen.labels, chosen.kind)}</div>` : nothing}
      <div class="pf"><kbd>↑↓</kbd><span>${t('picker.choose')}</span><kbd>Enter</kbd><span>${t('picker.insert')}</span><kbd>Esc</kbd><span>${t('close')}</span></div></ts-popover>`;
  }
}

customElements.define('ts-card-picker', CardPicker);
