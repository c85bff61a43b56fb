/** One phone on the desk: its chat, its composer, its pickers. Built once per customer, so a draft is never lost. */
import * as api from './api.js';
import { avatar, clock, el, icon, shortName, svg, withEmojis } from './draw.js';
import { drawSticker, STICKERS, stickerWord } from './stickers.js';
import { lang, words } from './words.js';

export class Phone {
  constructor(user, account, complain) {
    this.user = user;
    this.account = account;
    this.complain = complain;
    this.drawn = new Map();
    this.entries = [];

    this.time = el('span', { class: 'figure' }, clock(Date.now()));
    this.log = el('div', { class: 'chat', role: 'log', tabindex: 0, 'aria-label': words.chat });
    this.quick = el('div', { class: 'quick', hidden: true });
    this.typing = el('div', { class: 'line them', hidden: true }, avatar(account.displayName, 'account'),
      el('span', { class: 'typing', role: 'img', 'aria-label': words.typing }, el('i'), el('i'), el('i')));
    this.field = el('input', { class: 'say', placeholder: words.message, 'aria-label': words.message, maxlength: 5000 });
    this.field.addEventListener('keydown', (e) => {
      if (e.key === 'Enter' && !e.isComposing && e.keyCode !== 229) { e.preventDefault(); this.say(); }
    });
    this.field.addEventListener('input', () => { this.sendButton.hidden = this.field.value === ''; });
    this.sendButton = el('button', { type: 'button', class: 'tool send', hidden: true, 'aria-label': words.send, onclick: () => this.say() }, icon('up'));
    this.file = el('input', { type: 'file', accept: 'image/jpeg,image/png', hidden: true, onchange: () => this.sendFile() });
    this.picker = el('div', { class: 'picker', hidden: true });
    const tool = (name, label, open) => el('button', { type: 'button', class: 'tool', 'aria-label': label, 'aria-expanded': 'false', onclick: (e) => this.toggle(e.currentTarget, open) }, icon(name));
    this.node = el('section', { class: 'phone', 'aria-label': words.phoneOf(user.displayName) },
      el('div', { class: 'screen' },
        el('div', { class: 'status' }, this.time, svg('svg', { class: 'battery', 'aria-hidden': 'true' }, svg('use', { href: '#i-battery' }))),
        el('div', { class: 'title' }, avatar(account.displayName, 'account'), el('b', {}, account.displayName),
          el('span', { class: 'meta whose' }, words.phoneOf(shortName(user.displayName)))),
        this.log, this.picker, this.quick,
        el('div', { class: 'composer' },
          tool('plus', words.more, () => this.otherKinds()),
          tool('picture', words.sendPicture, () => this.pictures()),
          this.field, this.sendButton,
          tool('sticker', words.sendSticker, () => this.stickers()), this.file)));
    this.node.addEventListener('keydown', (e) => { if (e.key === 'Escape') this.closePicker(); });
  }

  // ------------------------------------------------------------ what the customer does

  async act(promise) {
    try {
      const answer = await promise;
      if (answer.page) this.complain(answer.page.location ? words.leads(answer.page.location) : answer.page.text);
      else if (answer.opens) this.complain(words.opens(answer.opens.uri || answer.opens.label || answer.opens.type));
    } catch (e) {
      this.complain(e.message);
    }
  }

  send(message) {
    this.closePicker();
    return this.act(api.write(this.user.userId, { account: this.account.account, ...message }));
  }

  say() {
    const text = this.field.value;
    if (text.trim() === '') return;
    this.field.value = '';
    this.sendButton.hidden = true;
    this.send({ type: 'text', text });
  }

  async sendFile() {
    const [chosen] = this.file.files;
    this.file.value = '';
    if (!chosen) return;
    const bytes = new Uint8Array(await chosen.arrayBuffer());
    let binary = '';
    for (let i = 0; i < bytes.length; i += 32768) binary += String.fromCharCode(...bytes.subarray(i, i + 32768));
    this.send({ type: 'image', data: btoa(binary), contentType: chosen.type });
  }

  tap(label, action) {
    if (action.type === 'datetimepicker') {
      const now = new Date();
      const date = now.toISOString().slice(0, 10);
      const time = now.toTimeString().slice(0, 5);
      const params = { date: { date }, time: { time }, datetime: { datetime: `${date}T${time}` } }[action.mode];
      return this.act(api.tap(this.user.userId, this.account.account, label, params));
    }
    return this.act(api.tap(this.user.userId, this.account.account, label));
  }

  // ------------------------------------------------------------ pickers

  toggle(button, fill) {
    const open = this.picker.hidden || this.opener !== button;
    this.closePicker();
    if (!open) return;
    this.opener = button;
    button.setAttribute('aria-expanded', 'true');
    this.picker.replaceChildren(...fill());
    this.picker.hidden = false;
    this.toEnd();
    this.picker.querySelector('button').focus();
  }

  closePicker() {
    if (this.picker.hidden) return;
    this.picker.hidden = true;
    this.opener.setAttribute('aria-expanded', 'false');
    if (this.picker.contains(document.activeElement)) this.opener.focus();
  }

  choice(name, word, act) {
    return el('button', { type: 'button', class: 'choice', onclick: act }, icon(name), el('span', {}, word));
  }

  otherKinds() {
    return [
      this.choice('pin', words.location, () => this.send({ type: 'location', title: '木漏れ日広場', address: '東京都千代田区1-1', latitude: 35.6812, longitude: 139.7671 })),
      this.choice('play', words.video, () => this.send({ type: 'video' })),
      this.choice('sound', words.audio, () => this.send({ type: 'audio' })),
      this.choice('file', words.file, () => this.send({ type: 'file', fileName: '利用明細.pdf' })),
    ];
  }

  pictures() {
    const sample = (word, name) => this.choice('picture', word, () => this.send({ type: 'image', sample: name }));
    return [
      this.choice('file', words.fromFile, () => { this.closePicker(); this.file.click(); }),
      sample(words.cardFront, 'card-front'), sample(words.cardBack, 'card-back'), sample(words.receipt, 'receipt'),
    ];
  }

  stickers() {
    return [el('div', { class: 'sticker-grid' }, ...STICKERS.map((sticker) => {
      const word = stickerWord(sticker.stickerId, lang);
      return el('button', { type: 'button', title: word, 'aria-label': word, onclick: () => this.send({ type: 'sticker', ...sticker }) },
        drawSticker(sticker.stickerId, word));
    }))];
  }

  // ------------------------------------------------------------ what the phone shows

  async refresh() {
    try {
      this.show(await api.chat(this.user.userId, this.account.account));
    } catch (e) {
      this.complain(e.message);
    }
  }

  show(entries) {
    const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 60;
    this.entries = entries;
    const alive = new Set();
    let day = '';
    let place = this.log.firstChild;
    const put = (key, print, make) => {
      alive.add(key);
      let known = this.drawn.get(key);
      if (!known || known.print !== print) {
        const node = make();
        if (known) known.node.replaceWith(node);
        else this.log.insertBefore(node, place);
        known = { node, print };
        this.drawn.set(key, known);
      }
      place = known.node.nextSibling;
    };
    for (const entry of entries) {
      const date = new Date(entry.at).toLocaleDateString(lang);
      if (date !== day) {
        day = date;
        const today = date === new Date().toLocaleDateString(lang);
        put(`day ${date}`, String(today), () => el('span', { class: 'day' }, today ? words.today : date));
      }
      put(`${entry.from} ${entry.id}`, JSON.stringify(entry), () => this.line(entry));
    }
    for (const [key, known] of this.drawn) {
      if (!alive.has(key)) { known.node.remove(); this.drawn.delete(key); }
    }
    this.log.append(this.typing);
    this.quickReplies(entries[entries.length - 1]);
    if (atEnd) this.toEnd();
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  tick(now, relation) {
    const blocked = Boolean(relation && relation.blocked);
    const typingUntil = relation && relation.typingUntil;
    if (this.field.disabled !== blocked) {
      this.field.disabled = blocked;
      this.field.placeholder = blocked ? words.blocked : words.message;
    }
    this.time.textContent = clock(now);
    const typing = Boolean(typingUntil) && Date.parse(typingUntil) > now;
    if (this.typing.hidden === typing) {
      this.typing.hidden = !typing;
      this.toEnd();
    }
  }

  quickReplies(last) {
    const items = last && last.from === 'account' && last.quickReply ? last.quickReply.items : [];
    this.quick.hidden = items.length === 0;
    this.quick.replaceChildren(...items.map(({ action }) =>
      el('button', { type: 'button', onclick: () => this.tap(action.label, action) }, action.label)));
  }

  line(entry) {
    const time = el('time', { datetime: entry.at }, entry.read && entry.from === 'customer' ? el('span', {}, words.read) : '', clock(entry.at));
    if (entry.unsent) return el('span', { class: 'day' }, words.unsentByCustomer);
    if (entry.from === 'customer') return el('div', { class: 'line me' }, time, this.bubble(entry));
    const name = entry.sender && entry.sender.name ? `${entry.sender.name} / ${this.account.displayName}` : this.account.displayName;
    return el('div', { class: 'line them' }, avatar(this.account.displayName, 'account'),
      el('div', { class: 'said' }, el('div', { class: 'by' }, name), this.bubble(entry)), time);
  }

  bubble(entry) {
    const mine = entry.from === 'customer';
    switch (entry.type) {
      case 'text':
      case 'textV2':
        return el('div', { class: 'bubble' }, entry.quotedMessageId ? el('span', { class: 'quote' }, this.quoted(entry.quotedMessageId)) : null,
          ...withEmojis(entry.text, entry.emojis), entry.edited ? el('small', {}, ` ${words.edited}`) : null);
      case 'sticker': {
        const word = (entry.keywords && entry.keywords[0]) || stickerWord(entry.stickerId, lang);
        return drawSticker(entry.stickerId, `${words.sticker}: ${word}`);
      }
      case 'image': {
        if (entry.contentProvider && entry.contentProvider.type === 'external') return this.tile('picture', words.image);
        const source = mine ? api.contentUrl(entry.id) : entry.previewImageUrl;
        const picture = el('img', { class: 'picture', src: source, alt: words.image });
        picture.addEventListener('load', () => { if (this.log.lastElementChild.previousElementSibling?.contains(picture)) this.toEnd(); });
        return picture;
      }
      case 'video':
        return mine ? this.tile('play', words.video)
          : el('video', { class: 'picture', controls: true, playsinline: true, preload: 'metadata', poster: entry.previewImageUrl, src: entry.originalContentUrl, 'aria-label': words.video });
      case 'audio':
        return mine ? this.tile('sound', words.audio) : el('audio', { class: 'sound', controls: true, preload: 'metadata', src: entry.originalContentUrl, 'aria-label': words.audio });
      case 'file': return this.tile('file', entry.fileName);
      case 'location': return this.tile('pin', entry.title || words.location, entry.address);
      case 'imagemap': return this.imagemap(entry);
      case 'template': return this.template(entry);
      case 'flex': return this.flex(entry);
      default: return el('div', { class: 'bubble' }, entry.altText || words.unknownMessage(entry.type));
    }
  }

  quoted(id) {
    const original = this.entries.find((entry) => entry.id === id);
    return original && original.text ? original.text : words.quoted;
  }

  tile(name, word, more) {
    return el('div', { class: 'bubble tile' }, icon(name), el('span', {}, word, more ? el('small', {}, more) : null));
  }

  button(action) {
    return el('button', { type: 'button', onclick: () => this.tap(action.label, action) }, action.label);
  }

  template(entry) {
    const { template } = entry;
    const columns = template.type === 'carousel' ? template.columns : [template];
    const cards = columns.map((column) => el('div', { class: 'card' },
      el('div', { class: 'words' }, column.title ? el('b', {}, column.title) : null, column.text || ''),
      ...(column.actions || (column.action ? [column.action] : [])).map((action) => this.button(action))));
    return cards.length === 1 ? cards[0] : el('div', { class: 'cards', tabindex: 0 }, ...cards);
  }

  /** A picture in one of the widths that LINE asks for; what is tapped in it stands below as buttons, for the page's policy lets nothing be placed. */
  imagemap(entry) {
    const tap = ({ text, linkUri, clipboardText }) => (text ? this.send({ type: 'text', text }) : this.complain(words.opens(linkUri || clipboardText)));
    return el('div', { class: 'card' }, el('img', { class: 'picture', src: `${entry.baseUrl}/460`, alt: entry.altText }),
      ...entry.actions.map((action) => el('button', { type: 'button', onclick: () => tap(action) }, action.label || action.text || action.linkUri || action.clipboardText)));
  }

  flex(entry) {
    const bubbles = entry.contents.type === 'carousel' ? entry.contents.contents : [entry.contents];
    const cards = bubbles.map((bubble) => {
      const text = [];
      const buttons = [];
      const walk = (part) => {
        if (!part || typeof part !== 'object') return;
        if (part.type === 'text') text.push(el(part.weight === 'bold' ? 'b' : 'span', {}, part.text || ''));
        else if (part.type === 'button' && part.action) buttons.push(this.button(part.action));
        else Object.values(part).forEach(walk);
      };
      [bubble.header, bubble.hero, bubble.body, bubble.footer].forEach(walk);
      const rating = buttons.length === 5 && buttons.every((b) => b.textContent.length === 1);
      return el('div', { class: 'card' }, el('div', { class: 'words' }, ...text),
        ...(rating ? [el('div', { class: 'rating' }, ...buttons)] : buttons));
    });
    return cards.length === 1 ? cards[0] : el('div', { class: 'cards', tabindex: 0 }, ...cards);
  }
}
