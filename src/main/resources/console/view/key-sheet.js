import { html, nothing } from 'lit';
import { View, icon } from './view.js';
import { state, layer } from '../core/state.js';
import { bind, bindable, hasOwn, keyName, keyOf, keysPressed, unbindAll, whyNot } from '../core/shortcuts.js';
import { keysOn, switchKeys } from '../core/settings.js';
import { t } from '../core/words.js';

/** What has a key, in groups; those that a person cannot change, with it. */
const SHEET = {
  move: ['palette', ['slot', 'Alt 1–9'], ['step', 'Alt ↑ ↓'], 'longest', ['region', 'F6'], 'knowledge', 'history', 'customer'],
  write: ['draft', 'note', 'preview', ['send', 'Ctrl Enter'], 'undo', 'sticker', 'picture', 'quick', ['canned', '/'], ['mention', '@'], 'advice', 'advice-edit', 'advice-refuse'],
  handle: ['accept', 'decline', 'hold', 'identity', 'call', 'help', 'transfer', 'hand-back', 'close', 'approvals', ['sheet', '?'], ['escape', 'Esc']],
};

/** Every key there is: a person gives acts keys of their own here, or switches all of them off. */
class KeySheet extends View {
  static topics = ['layer'];
  #changing = false;
  /** The act whose new key is pressed next. */
  #asked = null;
  #said = '';
  #wrong = false;
  #busy = false;

  updated() {
    const dialog = this.querySelector('dialog');
    if (dialog && !dialog.open) dialog.showModal();
    if (!dialog) this.#change(false);
  }

  #outside(event) {
    if (event.target === event.currentTarget) layer(null);
  }

  #change(on) {
    if (this.#changing === on && !this.#asked && !this.#said) return;
    this.#changing = on;
    this.#ask(null);
    this.#say('');
  }

  #ask(act) {
    this.#asked = act;
    this.requestUpdate();
  }

  #say(words, wrong = false) {
    this.#said = words;
    this.#wrong = wrong;
    this.requestUpdate();
  }

  /** While a key is asked for, every press is it; Escape leaves it as it was, Backspace alone takes it away. */
  #pressed(event) {
    if (!this.#asked || event.key === 'Tab' || ['Alt', 'Control', 'Shift', 'Meta'].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const act = this.#asked;
    const keys = keysPressed(event);
    if (keys === 'Escape') {
      this.#ask(null);
      return;
    }
    const none = ['Backspace', 'Delete'].includes(keys);
    const why = none ? null : whyNot(act, keys);
    if (why) {
      this.#say(t(why.word, { keys: keyName(keys), act: why.other && t(`keys.${why.other}`) }), true);
      return;
    }
    this.#ask(null);
    this.#keep(() => bind(act, none ? '' : keys), none ? t('keys.none', { act: t(`keys.${act}`) }) : t('keys.kept', { act: t(`keys.${act}`), keys: keyName(keys) }));
  }

  async #keep(does, words) {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await does();
      this.#say(words);
    } catch (error) {
      this.#say(`${t('keys.not-kept')}${error.id ? ` ${t('trouble.id', { id: error.id })}` : ''}`, true);
    } finally {
      this.#busy = false;
    }
  }

  #row(group, row) {
    const [word, fixed] = [row].flat();
    const act = `${group}.${word}`;
    const keys = fixed ? keyName(fixed) : keyOf(act);
    const asked = this.#asked === act;
    const shown = keys ? html`<kbd>${keys}</kbd>` : html`<span class="meta">${t('keys.off')}</span>`;
    return html`<div class="kl"><dt>${t(`keys.${act}`)}</dt><dd>${this.#changing && bindable(act)
      ? html`<button class="btn sm ${asked ? 'asked' : ''}" aria-pressed=${asked} aria-label=${asked ? `${t(`keys.${act}`)}: ${t('keys.press')}` : t('keys.change-one', { act: t(`keys.${act}`), keys: keys || t('keys.off') })} @click=${() => (this.#say(''), this.#ask(asked ? null : act))} @blur=${() => asked && this.#ask(null)}>${asked ? t('keys.press') : shown}</button>`
      : shown}</dd></div>`;
  }

  render() {
    if (state.layer?.name !== 'keys') return nothing;
    const changing = this.#changing;
    return html`<dialog class="keys" aria-labelledby="h-keys" @close=${() => layer(null)} @click=${this.#outside} @keydown=${this.#pressed}><div class="kbox">
      <div class="vtop">${icon('keys')}<h2 id="h-keys" class="strong">${t('keys.title')}</h2><span class="meta clip">${t('keys.composing')}</span>
        <span class="end row">${changing ? html`<button class="btn sm quiet" aria-disabled=${!hasOwn()} @click=${() => hasOwn() && this.#keep(unbindAll, t('keys.as-before'))}>${t('keys.reset')}</button>` : nothing}
          <button class="btn sm ${changing ? 'primary' : 'quiet'}" aria-pressed=${changing} @click=${() => this.#change(!changing)}>${t(changing ? 'keys.done' : 'keys.change')}</button>
          <label class="switchrow"><input type="checkbox" role="switch" class="switch" .checked=${keysOn()} @change=${(event) => switchKeys(event.target.checked)}><span>${t('keys.on')}</span></label>
          <button class="btn icon quiet" aria-label=${t('close')} autofocus @click=${() => layer(null)}>${icon('x')}</button></span></div>
      ${changing ? html`<p class="khelp ${this.#wrong ? 'bad' : ''}" role=${this.#wrong ? 'alert' : 'status'}>${this.#said || t('keys.help')}</p>` : nothing}
      <div class="kcols">${Object.entries(SHEET).map(([group, rows]) => html`<div><h3>${t(`keys.${group}`)}</h3><dl>${rows.map((row) => this.#row(group, row))}</dl></div>`)}</div>
    </div></dialog>`;
  }
}

customElements.define('ts-key-sheet', KeySheet);
