/** Makes elements. Words enter as text nodes only: nothing a customer writes is ever read as markup. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  return dress(node, attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  return dress(node, attributes, children);
}

function dress(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, '');
    else if (value !== false && value !== undefined && value !== null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== undefined && child !== null && child !== false));
  return node;
}

/** Words with the platform's own emojis as pictures at their places; what an account sends has a $ there, and no words. */
export function withEmojis(text, emojis = []) {
  const parts = [];
  let at = 0;
  for (const { index, length = 1, productId, emojiId } of [...emojis].sort((one, other) => one.index - other.index)) {
    const words = text.slice(index, index + length);
    parts.push(text.slice(at, index), el('img', {
      class: 'emoji', src: `/sticonshop/v1/sticon/${productId}/android/${emojiId}.png`, alt: words === '$' ? `(${emojiId})` : words, title: words === '$' ? `${productId}/${emojiId}` : words,
    }));
    at = index + length;
  }
  return [...parts, text.slice(at)];
}

export function icon(name) {
  return svg('svg', { class: 'icon', 'aria-hidden': 'true' }, svg('use', { href: `#i-${name}` }));
}

/** A round sign with the first letter of a name; a person keeps one of eight colours. */
export function avatar(name, kind) {
  return el('span', { class: `avatar ${kind}`, 'aria-hidden': 'true' }, [...(name || '?')][0]);
}

export function clock(date) {
  const d = new Date(date);
  return `${d.getHours()}:${String(d.getMinutes()).padStart(2, '0')}`;
}

export function exactClock(date) {
  return new Date(date).toTimeString().slice(0, 8);
}

export function span(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s >= 3600) return `${Math.floor(s / 3600)}:${String(Math.floor(s / 60) % 60).padStart(2, '0')}:${String(s % 60).padStart(2, '0')}`;
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}

/** The part of a name that others call this person by. */
export function shortName(name) {
  const parts = name.split(/\s+/);
  return /[\u3040-\u30ff\u4e00-\u9fff]/.test(name) || parts.length > 1 ? parts[0] : name;
}
