import { html, nothing } from 'lit';
import { icon } from './view.js';
import { state } from '../core/state.js';
import { failedCount } from '../core/failed.js';
import { t } from '../core/words.js';

const REPAIR = ['supervisor', 'admin'];

/** The screens of administration in their groups: name, path, picture, and who has it. */
const GROUPS = [
  ['answers', [['canned', '/admin/canned', 'slash', REPAIR], ['proposals', '/admin/proposals', 'bot', REPAIR]]],
  ['people', [['people', '/admin/people', 'user', ['admin']]]],
  ['records', [['holds', '/admin/holds', 'lock', REPAIR], ['reveals', '/admin/reveals', 'eye', ['supervisor']]]],
  ['work', [['failed', '/admin', 'alert', [...REPAIR, 'ops']], ['accounts', '/admin/accounts', 'chat', REPAIR], ['routes', '/admin/routes', 'swap', ['admin', 'ops']], ['configuration', '/admin/configuration', 'gear', ['admin']]]],
];

/** The screens of administration this person has, as name, path and picture. */
export const pages = () => GROUPS.flatMap(([, all]) => all).filter(([, , , roles]) => roles.includes(state.me.role));

const link = ([name, path, picture], here) => html`<a href=${path} aria-current=${name === here ? 'page' : nothing}>${icon(picture)}<span class="clip">${t(`admin.${name}`)}</span>${name === 'failed' && failedCount() ? html`<span class="badge num">${failedCount()}</span>` : nothing}</a>`;

/** Where one is in administration, and where else one may go; nothing for auditors, who have one screen. */
export const sections = (here) => {
  const mine = GROUPS.map(([group, all]) => [group, all.filter(([, , , roles]) => roles.includes(state.me.role))]).filter(([, all]) => all.length);
  return mine.length ? html`<nav class="sections" aria-label=${t('admin.sections')}>
  ${mine.map(([group, all]) => html`<div role="group" aria-label=${t(`admin.group.${group}`)}><p class="meta" aria-hidden="true">${t(`admin.group.${group}`)}</p>${all.map((each) => link(each, here))}</div>`)}</nav>` : nothing;
};

/** In the place of a screen that is not for this person. */
export const forbidden = (why) => html`<main id="main" class="admin" tabindex="-1"><div class="blank"><div><h1>${t(why)}</h1><p><a href="/">${t('rail.work')}</a></p></div></div></main>`;
