import { state, changed } from './state.js';
import { get, put } from './http.js';

const mac = /Mac|iPhone|iPad/.test(navigator.platform);

/** The keys that acts come with: modifiers, then the key by its place (KeyboardEvent.code). */
const DEFAULTS = {
  'move.palette': 'Ctrl KeyK',
  'move.longest': 'Alt KeyJ',
  'move.knowledge': 'Alt KeyK',
  'move.history': 'Alt KeyY',
  'move.customer': 'Alt KeyC',
  'write.draft': 'Alt KeyR',
  'write.note': 'Alt KeyN',
  'write.preview': 'Alt KeyP',
  'write.undo': 'Alt KeyZ',
  'write.sticker': 'Alt KeyS',
  'write.picture': 'Alt KeyM',
  'write.quick': 'Alt KeyQ',
  'write.advice': 'Alt KeyG',
  'write.advice-edit': 'Shift Alt KeyG',
  'write.advice-refuse': 'Alt Backspace',
  'handle.accept': 'Alt KeyA',
  'handle.decline': 'Alt KeyX',
  'handle.hold': 'Alt KeyH',
  'handle.identity': 'Alt KeyO',
  'handle.call': 'Alt KeyL',
  'handle.help': 'Alt KeyV',
  'handle.transfer': 'Alt KeyT',
  'handle.hand-back': 'Alt KeyB',
  'handle.close': 'Alt KeyW',
  'handle.approvals': 'Alt KeyU',
};

const SIGNS = { Backspace: '⌫', Comma: ',', Period: '.', Slash: '/', Semicolon: ';', Quote: "'", Minus: '-', Equal: '=', BracketLeft: '[', BracketRight: ']', Backquote: '`' };
const POSSIBLE = new RegExp(`^(?:Shift )?Alt (?:Key[A-Z]|${Object.keys(SIGNS).join('|')})$`);
const OF_BROWSERS = /^(?:Shift )?Alt Key[DEF]$/;

/** Whether a person can give this act another key; those that are signs of a text, Enter, Escape or the regions' stay. */
export const bindable = (act) => act in DEFAULTS;

/** The key of an act; empty where it has none: switched off, or its own key was given to another act. */
function keysOf(act) {
  const own = state.me?.shortcuts ?? {};
  return own[act] ?? (Object.values(own).includes(DEFAULTS[act]) ? '' : DEFAULTS[act]);
}

/** The act of a key, or undefined; what is typed without a keyboard has no key and is none. */
export const actOf = (keys) => (keys ? Object.keys(DEFAULTS).find((act) => keysOf(act) === keys) : undefined);

/** The key somebody pressed, as it is kept. */
export const keysPressed = ({ ctrlKey, metaKey, shiftKey, altKey, code }) => [(ctrlKey || metaKey) && 'Ctrl', shiftKey && 'Shift', altKey && 'Alt', code].filter(Boolean).join(' ');

/** How a key is written on this machine. */
export const keyName = (keys) => {
  const plain = keys.replace(/\bKey(?=[A-Z]$)/, '').replace(/\w+$/, (code) => SIGNS[code] ?? code);
  return mac ? plain.replace('Ctrl ', '⌘').replace('Shift ', '⇧').replace('Alt ', '⌥') : plain;
};

/** An act's key for aria-keyshortcuts; empty when it has none. */
export const ariaKeyOf = (act) => keysOf(act).replace('Ctrl', 'Control').replace(/\bKey(?=[A-Z]$)/, '').replaceAll(' ', '+');

/** How an act's key is written on this machine; empty when it has none. */
export const keyOf = (act) => keyName(keysOf(act));

/** Words with an act's key behind them, for a tooltip. */
export const withKey = (words, act) => (keyOf(act) ? `${words} (${keyOf(act)})` : words);

/** Why an act cannot have a key: a word of the key sheet, and the act that has it; null when it can. */
export function whyNot(act, keys) {
  const other = actOf(keys);
  if (OF_BROWSERS.test(keys)) return { word: 'keys.browser' };
  if (!POSSIBLE.test(keys) && keys !== DEFAULTS[act]) return { word: 'keys.with-alt' };
  return other && other !== act ? { word: 'keys.taken', other } : null;
}

/** Whether this person has a key of their own. */
export const hasOwn = () => Object.keys(state.me.shortcuts).length > 0;

/**
 * Gives an act a key for this person on every machine; empty switches it off. Those chosen in another window meanwhile stay.
 * @throws {ApiError}
 */
export async function bind(act, keys) {
  const { [act]: before, ...others } = (await get('/me')).shortcuts;
  await keep(keys === DEFAULTS[act] ? others : { ...others, [act]: keys });
}

/**
 * Every act has the key it comes with.
 * @throws {ApiError}
 */
export const unbindAll = () => keep({});

async function keep(shortcuts) {
  await put('/me/shortcuts', { shortcuts });
  state.me.shortcuts = shortcuts;
  changed('words');
}
