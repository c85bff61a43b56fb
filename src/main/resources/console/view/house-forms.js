import { html, nothing } from 'lit';
import { View, icon } from './view.js';
import './popover.js';
import { layer } from '../core/state.js';
import { post, put } from '../core/http.js';
import { t } from '../core/words.js';

/** A small form that asks for words and does one thing with them. */
class WordsForm extends View {
  #error = null;
  #busy = false;

  async submit(event) {
    event?.preventDefault();
    const words = this.querySelector('textarea').value.trim();
    if (this.#busy) return;
    this.#busy = true;
    this.#error = words ? null : 'house.words-needed';
    try {
      if (words) {
        await this.send(words);
        layer(null);
      }
    } catch (error) {
      this.#error = `act.${error.code === 'offline' ? 'offline' : 'failed'}`;
    } finally {
      this.#busy = false;
      this.requestUpdate();
    }
  }

  #keys(event) {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.isComposing) this.submit(event);
  }

  form(title, label, choice, most, word) {
    return html`<ts-popover class="pop form houseform" label=${title}><form @submit=${this.submit} @keydown=${this.#keys} novalidate>
      <p class="strong clip">${title}</p>${choice}
      <label for="house-words">${label}</label><textarea id="house-words" class="area" maxlength=${most} required aria-invalid=${this.#error === 'house.words-needed'}></textarea>
      ${this.#error ? html`<p class="fielderror" role="alert">${icon('alert', 'sm')}<span>${t(this.#error)}</span></p>` : nothing}
      <div class="row foot"><button class="btn primary end" aria-disabled=${this.#busy}><span>${word}</span><kbd>Ctrl Enter</kbd></button></div></form></ts-popover>`;
  }
}

/** A note to everybody of a team. */
class TeamNote extends WordsForm {
  static properties = { teams: { attribute: false } };

  send(words) {
    return post('/notices', { team: this.querySelector('select').value, words });
  }

  render() {
    return this.form(t('team-note'), t('team-note.words'), html`<label for="house-team">${t('team-note.team')}</label><select id="house-team" class="field" autofocus>${this.teams.map((team) => html`<option>${team}</option>`)}</select>`, 500, t('team-note.do'));
  }
}

/** Changes somebody's presence, who is told why. */
class SeatPresence extends WordsForm {
  static properties = { seat: { attribute: false } };

  send(words) {
    const presence = this.querySelector('select').value;
    return put(`/operators/${this.seat.id}/presence`, { presence, why: words, handOver: presence === 'away' && this.querySelector('#house-hand-over').checked });
  }

  render() {
    return this.form(t('seat-presence', { name: this.seat.displayName }), t('seat-presence.why', { name: this.seat.displayName }), html`<label for="house-presence">${t('presence')}</label><select id="house-presence" class="field" autofocus>${['available', 'busy', 'away'].map((each) => html`<option value=${each} ?selected=${each === (this.seat.presence === 'away' ? 'available' : 'away')}>${t(`presence.${each}`)}</option>`)}</select>
      <label class="row"><input id="house-hand-over" type="checkbox"> <span>${t('seat-presence.hand-over')}</span></label>
      ${this.seat.load || this.seat.held ? html`<p><button type="button" class="btn" @click=${() => layer('hand-over', { seat: this.seat })}>${icon('swap')}<span>${t('hand-over.choose')}</span></button></p>` : nothing}`, 200, t('seat-presence.do'));
  }
}

customElements.define('ts-team-note', TeamNote);
customElements.define('ts-seat-presence', SeatPresence);
