import { longDay } from './time.js';

const SET_WITHIN = 60_000;

/**
 * Turns messages into the rows of the chat: day lines, the bot's part as one card, system events that follow one
 * another as one line, images of one set side by side, a line above what came after the draft began.
 */
export function rowsOf(messages, { guardSince = null } = {}) {
  const rows = [];
  let part = botStarts(messages) ? { kind: 'bot', key: 'bot', messages: [] } : null;
  let lastDay = null;
  let lined = false;
  const closePart = () => {
    if (part?.messages.length) rows.push(part);
    part = null;
  };
  for (const message of messages) {
    const date = longDay(message.at);
    if (date !== lastDay && !(part && part.messages.length)) rows.push({ kind: 'day', key: `day-${date}`, at: message.at });
    lastDay = date;
    if (part) {
      if (message.type === 'event' && message.text?.startsWith('handed-off')) closePart();
      else if (message.from === 'operator') closePart();
      else {
        part.key = `bot-${part.messages[0]?.id ?? message.id}`;
        part.messages.push(message);
        continue;
      }
    }
    if (!lined && guardSince !== null && message.from === 'customer' && message.seq > guardSince) {
      rows.push({ kind: 'newline', key: 'newline' });
      lined = true;
    }
    if (message.type === 'event') {
      addEvent(rows, message);
      if (message.text?.startsWith('handed-back')) part = { kind: 'bot', key: `bot-${message.id}`, messages: [] };
    } else if (!takenBackWith(rows.at(-1)?.message, message)) addMessage(rows, message);
  }
  closePart();
  return rows;
}

/** Without a bot's answer before the hand-off there is nothing to fold. */
function botStarts(messages) {
  const end = messages.findIndex((each) => each.from === 'operator' || (each.type === 'event' && each.text?.startsWith('handed-off')));
  return end > 0 && messages.slice(0, end).some((each) => each.from === 'bot');
}

/** Text and sticker of one send are taken back together: one line says so. */
const takenBackWith = (last, message) => message.delivery?.state === 'cancelled' && last?.delivery?.id === message.delivery.id;

function addEvent(rows, message) {
  const last = rows.at(-1);
  if (last?.kind === 'events') last.messages.push(message);
  else rows.push({ kind: 'events', key: `ev-${message.id}`, messages: [message] });
}

function addMessage(rows, message) {
  const last = rows.at(-1);
  const picture = message.type === 'image' && !message.unsent && message.delivery?.state !== 'cancelled';
  if (picture && last?.kind === 'images' && last.messages[0].from === message.from) {
    const before = last.messages.at(-1);
    const sameSet = message.imageSet?.id === before.imageSet?.id;
    if (sameSet && Date.parse(message.at) - Date.parse(before.at) < SET_WITHIN) {
      last.messages.push(message);
      return;
    }
  }
  const kind = picture ? 'images' : 'message';
  const faced = message.from === 'customer' && last?.from !== 'customer';
  rows.push({ kind, key: message.id, from: message.from, faced, message, messages: [message] });
}
