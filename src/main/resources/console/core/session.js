import { state, changed, hasLists, trouble } from './state.js';
import { ApiError, get, post, onSignedOut } from './http.js';
import { chooseLanguage } from './settings.js';
import { forgetDrafts } from './drafts.js';
import { forgetAll } from './inquiries.js';
import { forgetSending } from './sending.js';
import { forgetTranslations } from './translations.js';
import { startFeed, stopFeed } from './feed.js';
import { noteEntry } from './idle.js';
import { layOut } from './layout.js';
import { refreshWorkspace } from './workspace.js';
import { go } from './route.js';
import { t } from './words.js';

/** Who was signed in before the session ended: the same person finds everything as it was. */
let before = null;

/** Asks the server who we are; sets the language; starts the feed when somebody is signed in. */
export async function begin() {
  onSignedOut(lose);
  let me = null;
  try {
    me = await get('/me');
  } catch (error) {
    if (error.status !== 401) state.unreachable = true;
  }
  await enter(me);
}

async function enter(me) {
  state.me = me;
  state.known = true;
  await chooseLanguage();
  if (me) {
    if (before && before !== me.id) forgetWords();
    before = me.id;
    noteEntry();
    layOut();
    if (location.pathname === '/sign-in') go('/', { replace: true });
    if (hasLists(me)) {
      startFeed();
      await refreshWorkspace();
    }
  }
  changed('me');
}

let entering = null;

/**
 * Signs in; the screen opens with enterSignedIn. Gives the recovery codes of a second factor that was just set up, or none.
 * @param proof of the second factor, once it is asked for: { code } or { key }
 * @throws {ApiError} sign-in-failed, locked, code-needed, factor-needed, wrong-code, cloned-key, unused, or not-kept when the browser keeps no
 *   cookie for a frame
 */
export async function signIn(name, password, proof = {}) {
  const { recoveryCodes = [], ...me } = await post('/sign-in', { name, password, framed: state.framed, ...proof });
  if (state.framed) await seeKept();
  entering = me;
  return recoveryCodes;
}

/** Says how one may sign in: { provider } is true where a company's own sign-in can be used. */
export const waysIn = () => get('/sign-in');

/** Opens the screen of who just signed in. */
export async function enterSignedIn() {
  const me = entering;
  entering = null;
  await enter(me);
}

async function seeKept() {
  try {
    await get('/me');
  } catch (error) {
    throw error.status === 401 ? new ApiError(401, { code: 'not-kept' }, null) : error;
  }
}

export async function signOut() {
  try {
    await post('/sign-out');
  } catch (error) {
    if (error.status !== 401) {
      trouble(t('trouble.sign-out'), error.id);
      return;
    }
  }
  before = null;
  forgetWords();
  stopFeed();
  state.me = null;
  state.workspace = null;
  state.layer = null;
  if (!state.framed) go('/sign-in');
  await chooseLanguage();
  changed('me');
}

function forgetWords() {
  forgetDrafts();
  forgetAll();
  forgetSending();
  forgetTranslations();
}

/** The session ended without our doing: customers' words leave the screen, what was typed stays in memory. */
function lose() {
  stopFeed();
  state.me = null;
  state.layer = null;
}
