import { html, nothing } from 'lit';
import { state } from '../core/state.js';
import { t } from '../core/words.js';

const SECTIONS = [['failed', '/admin'], ['accounts', '/admin/accounts'], ['canned', '/admin/canned'], ['proposals', '/admin/proposals']];
const FOR_ROLE = { auditor: [['audit', '/']], ops: [['failed', '/']], admin: [...SECTIONS, ['people', '/admin/people']] };

/** The screens of administration, one beside the other. */
export const sections = (here) => html`<nav class="sections" aria-label=${t('admin.sections')}>
  ${(FOR_ROLE[state.me.role] ?? SECTIONS).map(([name, path]) => html`<a href=${path} aria-current=${name === here ? 'page' : nothing}>${t(`admin.${name}`)}</a>`)}</nav>`;
