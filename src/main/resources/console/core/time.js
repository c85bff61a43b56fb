import { state } from './state.js';
import { lang, t } from './words.js';

let offset = 0;
const tickers = new Set();

/** Learns the server's clock; every figure that counts uses it, not this machine's. */
export function learnServerTime(iso) {
  if (iso) offset = Date.parse(iso) - Date.now();
}

export const now = () => Date.now() + offset;

/** Calls fn(now) once a second, together with all others, until the returned function is called. */
export function everySecond(fn) {
  tickers.add(fn);
  return () => tickers.delete(fn);
}

function tick() {
  const at = now();
  for (const fn of tickers) fn(at);
  setTimeout(tick, 1000 - (now() % 1000));
}
setTimeout(tick, 1000 - (Date.now() % 1000));

const zone = () => state.me?.zone ?? 'Asia/Tokyo';
const formats = new Map();

/** Making a format takes longer than writing a hundred times with it. */
function format(options, locale = lang() === 'ja' ? 'ja-JP' : 'en-GB') {
  const key = `${locale} ${zone()} ${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale, { timeZone: zone(), ...options }));
  return formats.get(key);
}

/** 10:35 */
export const clock = (iso) => format({ hour: 'numeric', minute: '2-digit', hourCycle: 'h23' }).format(new Date(iso));
/** 11月20日(金) · Friday, 20 November */
export const day = (iso) => format({ weekday: lang() === 'ja' ? 'short' : 'long', month: 'long', day: 'numeric' }).format(new Date(iso));
/** 2026/10/02 in every language: day and month cannot be mistaken for one another. */
export const longDay = (iso) => wall(Date.parse(iso)).slice(0, 10).replaceAll('-', '/');
/** 10/02 · 2 Oct */
export const shortDay = (iso) => (lang() === 'ja' ? longDay(iso).slice(5) : format({ month: 'short', day: 'numeric' }).format(new Date(iso)));

/** The time alone today, with the day before it otherwise. */
export function moment(iso) {
  return longDay(iso) === wall(now()).slice(0, 10).replaceAll('-', '/') ? clock(iso) : `${shortDay(iso)} ${clock(iso)}`;
}

/** 0:47, 12:03, 1:02:03, from a day on "2日". */
export function span(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, '0');
  if (s >= 86400) return t('time.days', { n: Math.floor(s / 86400) });
  if (s >= 3600) return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return `${Math.floor(s / 60)}:${two(s % 60)}`;
}

/** The wall clock in the operator's zone, as the figures a datetime-local field wants. */
export function wall(at) {
  const parts = {};
  const shape = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  for (const { type, value } of format(shape, 'en-CA').formatToParts(at)) parts[type] = value;
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}

/** The instant at which the operator's wall clock shows "2026-11-21T09:00"; in a gap, the instant just after it. */
export function instant(wallTime) {
  const asUtc = Date.parse(`${wallTime}:00Z`);
  let guess = asUtc;
  for (let i = 0; i < 2; i++) guess += asUtc - Date.parse(`${wall(guess)}:00Z`);
  return new Date(guess);
}
