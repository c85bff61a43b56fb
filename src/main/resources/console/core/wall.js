import { state, changed, trouble } from './state.js';
import { get } from './http.js';
import { learnServerTime } from './time.js';
import { t } from './words.js';

const LOOK_EVERY = 2_000;

let wall = null;
let timer = null;
let asking = false;

/** The whole house as last heard; null before the first answer. */
export const wallNow = () => wall;

/** Keeps the wall fresh while somebody looks at it; ends with the returned function. */
export function watchWall() {
  look();
  timer = setInterval(look, LOOK_EVERY);
  return () => clearInterval(timer);
}

async function look() {
  if (asking || document.hidden || !state.me) return;
  asking = true;
  try {
    wall = await get('/wall');
    learnServerTime(wall.serverTime);
    changed('wall');
  } catch (error) {
    // Without an answer the last known wall stays; the top bar says when the line is cut.
    if (error.status && error.status !== 401) trouble(t('trouble.wall'), error.id);
  } finally {
    asking = false;
  }
}
