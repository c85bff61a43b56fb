/** How many rows are in the page at once, and how many of them stand before the one at the upper edge. */
const ROWS = 60;
const BEFORE = 20;
/** How close to an end of these rows one may read before further ones take the place of those at the other end. */
const CLOSE = 8;

/**
 * Keeps the part of a long list in the page that is in sight, and some around it. Above and below it is room, about as high
 * as the rows that are not there. What is being read stays where it is, whatever comes and goes above it.
 */
export class VisibleRows {
  #from = 0;
  #rowHeight = 60;
  #read = null;

  /** Goes to the end of the list. */
  end(count) {
    this.#from = Math.max(0, count - ROWS);
    this.#read = null;
  }

  /** Gives the rows that belong into the page. */
  of(rows) {
    this.#from = Math.max(0, Math.min(this.#from, rows.length - ROWS));
    return rows.slice(this.#from, this.#from + ROWS);
  }

  /**
   * Moves on when too few rows are left around those in sight.
   * @returns {boolean} whether other rows belong into the page now
   */
  follow(box, count) {
    const shown = this.#shown(box);
    if (!shown.length) return false;
    const edge = box.getBoundingClientRect();
    const first = shown.findIndex((row) => row.getBoundingClientRect().bottom > edge.top);
    const last = shown.findLastIndex((row) => row.getBoundingClientRect().top < edge.bottom);
    if (first < 0 || last < 0) return this.#jump(box, count, first < 0);
    const short = (first < CLOSE && this.#from > 0) || (shown.length - 1 - last < CLOSE && this.#from + shown.length < count);
    return short && this.#move(this.#from + first - BEFORE, count);
  }

  /** Remembers, before the rows change, which one is at the upper edge of the box. */
  hold(box) {
    const edge = box.getBoundingClientRect();
    const row = this.#shown(box).find((each) => each.getBoundingClientRect().bottom > edge.top);
    const offset = row ? row.getBoundingClientRect().top - edge.top : 0;
    if (row && offset < edge.height) this.#read = { row, offset };
  }

  /** The rows as drawn: gives the room above and below its height, and puts what is being read where it was. */
  drawn(box, count) {
    const [above, below] = [box.querySelector(':scope > .room.above'), box.querySelector(':scope > .room.below')];
    const shown = this.#shown(box);
    if (!shown.length) return;
    const height = shown.at(-1).getBoundingClientRect().bottom - shown[0].getBoundingClientRect().top;
    if (shown.length === ROWS) this.#rowHeight = height / ROWS;
    set(below, (count - this.#from - shown.length) * this.#rowHeight);
    const row = this.#read?.row ?? shown[this.#read?.at - this.#from];
    if (!row?.isConnected) return;
    if (!this.#from) set(above, 0);
    const off = row.getBoundingClientRect().top - box.getBoundingClientRect().top - this.#read.offset;
    if (Math.abs(off) < 0.5) return;
    const room = above.offsetHeight - off;
    // The room takes the difference up, so that a scroll that is under way goes on; at the first row there is none.
    if (this.#from && room > 0) set(above, room);
    else {
      set(above, this.#from * this.#rowHeight);
      box.scrollTop += row.getBoundingClientRect().top - box.getBoundingClientRect().top - this.#read.offset;
    }
  }

  /** Forgets what is being read, as when its end is shown. */
  atEnd(box) {
    this.#read = null;
    set(box.querySelector(':scope > .room.above'), this.#from * this.#rowHeight);
  }

  #shown(box) {
    return [...box.children].filter((row) => !row.classList.contains('room'));
  }

  /** The scroll bar was dragged, or a key pressed, to where no rows are yet: those that are about there come. */
  #jump(box, count, down) {
    const room = box.querySelector(`:scope > .room.${down ? 'below' : 'above'}`);
    const rows = down ? count - this.#from - ROWS : this.#from;
    const into = down ? box.scrollTop - room.offsetTop : box.scrollTop;
    const at = Math.max(0, Math.min(count - 1, (down ? this.#from + ROWS : 0) + Math.floor((into / Math.max(1, room.offsetHeight)) * rows)));
    this.#read = { at, offset: 0 };
    return this.#move(at - BEFORE, count);
  }

  #move(from, count) {
    const wanted = Math.max(0, Math.min(from, count - ROWS));
    if (wanted === this.#from) return false;
    this.#from = wanted;
    return true;
  }
}

function set(room, pixels) {
  room.style.height = `${Math.max(0, pixels)}px`;
}
