import { changed, trouble } from './state.js';
import { post } from './http.js';
import { draftOf, write } from './drafts.js';
import { t } from './words.js';

/** What LINE shows; the hub draws it anew, so that nothing hidden in a file goes out. */
export const PICTURES = ['image/jpeg', 'image/png'];
const LARGEST = 10 * 1024 * 1024;

const coming = new Set();

/** Whether a picture for this inquiry is on its way to the hub. */
export const isUploading = (id) => coming.has(id);

/** The first picture of what was pasted, dropped or picked. */
export const pictureIn = (files) => [...(files ?? [])].find((file) => file.type.startsWith('image/')) ?? null;

/** Puts a picture into the draft; it takes the place of the one that was there. */
export async function addPicture(id, file) {
  if (coming.has(id)) return;
  if (!PICTURES.includes(file.type) || file.size > LARGEST) {
    trouble(t('picture.refused'));
    return;
  }
  coming.add(id);
  changed('draft');
  try {
    write(id, { image: await post(`/inquiries/${id}/images`, file) });
  } catch (error) {
    trouble(t(`picture.${{ image: 'refused', offline: 'offline', 'not-owner': 'not-owner' }[error.code] ?? 'failed'}`), error.id);
  } finally {
    coming.delete(id);
    changed('draft');
  }
}
