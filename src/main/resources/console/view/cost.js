import { everySecond, now, span } from '../core/time.js';
import { watch } from '../core/state.js';
import { t, lang } from '../core/words.js';

/** What sending costs now: "free for 0:41, then 1 paid". Writes its own text node once a second. */
class Cost extends HTMLElement {
  #until = null;
  #end = null;
  #said = null;

  set until(iso) {
    this.#until = iso ? Date.parse(iso) : null;
    this.#draw();
  }

  connectedCallback() {
    const ends = [everySecond(() => this.#draw()), watch(['words'], () => this.#draw())];
    this.#end = () => ends.forEach((end) => end());
    this.#draw();
  }

  disconnectedCallback() {
    this.#end();
  }

  #draw() {
    const left = this.#until ? (this.#until - now()) / 1000 : 0;
    const words = left > 0 ? t('cost.free-for', { time: span(left) }) : t('cost.now-paid');
    if (words === this.#said && this.firstChild) return;
    this.#said = words;
    this.lang = lang();
    if (!this.firstChild) this.append(words);
    else this.firstChild.data = words;
  }
}

customElements.define('ts-cost', Cost);
