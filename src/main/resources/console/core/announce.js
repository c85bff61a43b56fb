let timer = null;
let waiting = [];

/** Says something to screen readers, politely; what comes within a breath is said together. */
export function announce(text) {
  waiting.push(text);
  clearTimeout(timer);
  timer = setTimeout(() => {
    document.getElementById('announce').textContent = waiting.join(' ');
    waiting = [];
  }, 150);
}
