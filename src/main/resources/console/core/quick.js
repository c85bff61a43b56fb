import { state, changed, drawn } from './state.js';
import { tab } from './keys.js';

/** The inquiry whose empty row of quick replies is open. */
let shown = null;

export const quickShown = (id) => shown === id;

/** Shows the row of quick replies under a draft and puts the caret into it. */
export function editQuickReplies(id) {
  shown = id;
  state.tab = 'draft';
  changed('draft');
  drawn().then(() => document.getElementById('quick-add')?.focus());
}

/** Goes back to the draft; a row without replies closes. */
export function leaveQuickReplies() {
  shown = null;
  tab('draft');
}
