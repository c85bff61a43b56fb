import { state, changed, trouble } from './state.js';
import { get, post } from './http.js';
import { t } from './words.js';

let rows = null;

/** What was set aside after its last try, or null before the first answer. */
export const failedWork = () => rows;
export const failedCount = () => rows?.length ?? 0;

export async function refreshFailed() {
  if (!state.me || state.me.role === 'operator') return;
  try {
    rows = await get('/admin/failed-work');
    changed('failed');
  } catch (error) {
    if (error.status !== 401 && error.code !== 'offline') trouble(t('trouble.failed-work'), error.id);
  }
}

/** @throws {ApiError} */
export async function dismissFailed({ id }) {
  await post(`/admin/failed-work/delivery/${encodeURIComponent(id)}/dismiss`);
  await refreshFailed();
}

/** @throws {ApiError} */
export async function retryFailed({ kind, id }) {
  await post(`/admin/failed-work/${kind}/${encodeURIComponent(id)}/retry`);
  await refreshFailed();
}
