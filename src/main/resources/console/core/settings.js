import { state, changed } from './state.js';
import { remember, remembered } from './remember.js';
import { lang, speak } from './words.js';

const LANGUAGES = ['ja', 'en'];
const asked = new URLSearchParams(location.search).get('lang');

/** Picks the language: the address, then what this person chose here, then their account, then the browser. */
export function chooseLanguage() {
  const chosen = remembered(`tsunagi.lang.${state.me?.id ?? ''}`);
  const browser = navigator.language.startsWith('ja') ? 'ja' : 'en';
  const wanted = [asked, chosen, state.me?.language, browser].find((each) => LANGUAGES.includes(each));
  return speak(wanted);
}

/** Speaks a person's language before they are signed in, unless the address or this browser says otherwise. */
export function speakFor(language) {
  const wanted = [asked, remembered('tsunagi.lang.'), language].find((each) => LANGUAGES.includes(each));
  return speak(wanted);
}

export function switchLanguage() {
  const wanted = lang() === 'ja' ? 'en' : 'ja';
  remember(`tsunagi.lang.${state.me?.id ?? ''}`, wanted);
  return speak(wanted);
}

export const theme = () => document.documentElement.dataset.theme;

export function switchTheme() {
  const wanted = theme() === 'dark' ? 'light' : 'dark';
  remember('tsunagi.theme', wanted);
  document.documentElement.dataset.theme = wanted;
  changed('words');
}

/** Keys can be switched off (WCAG 2.1.4); Ctrl Enter in a form stays. */
export const keysOn = () => remembered('tsunagi.keys') !== 'off';

export function switchKeys(on) {
  remember('tsunagi.keys', on ? 'on' : 'off');
  changed('layer');
}
