import { everySecond, now, span } from '../core/time.js';

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Time since an instant, with a colour and a shape from its goal: grey below 75 %, amber with a clock from there,
 * red with a triangle from 100 %. Writes its own text node once a second; nothing is rendered for it.
 */
class Clock extends HTMLElement {
  #end = null;
  #since = null;
  #goal = null;
  #level = '';

  set since(iso) {
    this.#since = iso ? Date.parse(iso) : null;
    this.#draw(now());
  }

  set goal(seconds) {
    this.#goal = seconds;
    this.#draw(now());
  }

  connectedCallback() {
    if (!this.figure) {
      const drawing = document.createElementNS(SVG, 'svg');
      drawing.setAttribute('class', 'i');
      drawing.setAttribute('aria-hidden', 'true');
      this.mark = drawing.appendChild(document.createElementNS(SVG, 'use'));
      this.figure = document.createTextNode('');
      const box = document.createElement('span');
      box.className = 'num';
      box.append(this.figure);
      if (this.hasAttribute('plain')) this.append(box);
      else this.append(drawing, box);
    }
    this.#draw(now());
    this.#end = everySecond((at) => this.#draw(at));
  }

  disconnectedCallback() {
    this.#end();
  }

  #draw(at) {
    if (!this.figure || this.#since === null) return;
    const seconds = (at - this.#since) / 1000;
    this.figure.data = span(seconds);
    const share = this.#goal ? seconds / this.#goal : 0;
    const level = share >= 1 ? 'bad' : share >= 0.75 ? 'warn' : 'calm';
    if (level === this.#level) return;
    const crossed = this.#level && level !== 'calm';
    this.#level = level;
    this.className = `time ${level}`;
    this.mark.setAttribute('href', `/console/icons.svg#${level === 'bad' ? 'alert' : 'clock'}`);
    // Said once, when it happens while we look; a clock that was late already when it appeared says nothing.
    if (crossed) this.dispatchEvent(new CustomEvent('level', { detail: level, bubbles: true }));
  }
}

/** Seconds left until an instant, as a ring and a figure; fires "done" once at the end. */
class Ring extends HTMLElement {
  #end = null;
  #until = 0;
  #total = 5;
  #done = false;

  set until(iso) {
    this.#until = Date.parse(iso);
    this.#done = false;
    this.#draw(now());
  }

  set total(seconds) {
    this.#total = seconds || 5;
  }

  connectedCallback() {
    if (!this.figure) {
      const drawing = document.createElementNS(SVG, 'svg');
      drawing.setAttribute('viewBox', '0 0 32 32');
      drawing.setAttribute('aria-hidden', 'true');
      for (const name of ['track', 'rest']) {
        const circle = document.createElementNS(SVG, 'circle');
        for (const [key, value] of Object.entries({ class: name, cx: 16, cy: 16, r: 14, pathLength: 100 })) circle.setAttribute(key, value);
        this[name] = drawing.appendChild(circle);
      }
      this.figure = document.createTextNode('');
      this.append(drawing, this.figure);
    }
    this.#draw(now());
    this.#end = everySecond((at) => this.#draw(at));
  }

  disconnectedCallback() {
    this.#end();
  }

  #draw(at) {
    if (!this.figure || !this.#until) return;
    const left = Math.max(0, Math.ceil((this.#until - at) / 1000));
    this.figure.data = String(left);
    this.rest.setAttribute('stroke-dasharray', `${Math.min(100, (left / this.#total) * 100)} 100`);
    if (left || this.#done) return;
    this.#done = true;
    this.dispatchEvent(new CustomEvent('done'));
  }
}

customElements.define('ts-clock', Clock);
customElements.define('ts-ring', Ring);
