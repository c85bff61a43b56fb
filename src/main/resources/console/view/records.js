import { html } from 'lit';
import { View } from './view.js';
import { t } from '../core/words.js';

/** A screen that changes records of the hub by a form: one act at a time, and a line that says what became of the last one. */
export class Records extends View {
  form = null;
  said = null;
  busy = false;

  say(tone, text, error = null) {
    this.said = { tone, text: error?.id ? `${text} ${t('trouble.id', { id: error.id })}` : text };
    this.requestUpdate();
  }

  edit(field, value) {
    this.form = { ...this.form, [field]: value };
    this.requestUpdate();
  }

  /**
   * Does something with the hub.
   * @param refused gives what to say of an error: its words, and the error where its number helps
   */
  async act(does, refused) {
    if (this.busy) return;
    this.busy = true;
    this.requestUpdate();
    try {
      await does();
    } catch (error) {
      this.say('bad', ...refused(error));
    } finally {
      this.busy = false;
      this.requestUpdate();
    }
  }

  saying() {
    return html`<p role="status" class=${this.said ? `said ${this.said.tone}` : 'sr'}>${this.said?.text ?? ''}</p>`;
  }
}
