import { changed, trouble } from './state.js';
import { post } from './http.js';
import { draftOf, write } from './drafts.js';
import { t } from './words.js';

/** What LINE shows; the hub takes out what is hidden in a file. */
const PICTURES = ['image/jpeg', 'image/png'];
const VIDEO = 'video/mp4';
export const SENDABLE = [...PICTURES, VIDEO];
const LARGEST = 10 * 1024 * 1024;
const PREVIEW_SIDE = 720;
const DECODED_WITHIN = 15000;

const WRONG = { image: 'refused', video: 'no-video', 'status-413': 'too-large', unplayable: 'unplayable', offline: 'offline', 'not-owner': 'not-owner', infected: 'infected', 'not-scanned': 'not-scanned' };

const coming = new Set();

/** Whether a picture or video for this inquiry is on its way to the hub. */
export const isUploading = (id) => coming.has(id);

/** The first picture or video of what was pasted, dropped or picked. */
export const pictureIn = (files) => [...(files ?? [])].find((file) => /^(image|video)\//.test(file.type)) ?? null;

/** Puts a picture or video into the draft; it takes the place of the one that was there. */
export async function addPicture(id, file) {
  if (coming.has(id)) return;
  const video = file.type.startsWith('video/');
  if (video ? file.type !== VIDEO : !PICTURES.includes(file.type) || file.size > LARGEST) {
    trouble(t(video ? 'picture.no-video' : 'picture.refused'));
    return;
  }
  coming.add(id);
  changed('draft');
  try {
    write(id, { image: video ? await putVideo(id, file) : await post(`/inquiries/${id}/images`, file) });
  } catch (error) {
    trouble(t(`picture.${WRONG[error.code] ?? 'failed'}`), error.id);
  } finally {
    coming.delete(id);
    changed('draft');
  }
}

/** LINE asks for a picture that stands for a video; only the browser can draw one. */
async function putVideo(id, file) {
  const frame = await frameOf(file);
  const { id: video } = await post(`/inquiries/${id}/videos`, file);
  return post(`/inquiries/${id}/videos/${video}/preview`, frame);
}

async function frameOf(file) {
  const url = URL.createObjectURL(file);
  const video = Object.assign(document.createElement('video'), { muted: true, playsInline: true, preload: 'auto' });
  try {
    await shown(video, url);
    const scale = Math.min(1, PREVIEW_SIDE / Math.max(video.videoWidth, video.videoHeight));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(video.videoWidth * scale));
    canvas.height = Math.max(1, Math.round(video.videoHeight * scale));
    canvas.getContext('2d').drawImage(video, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => canvas.toBlob((drawn) => (drawn ? resolve(drawn) : reject(unplayable())), 'image/jpeg', 0.85));
  } finally {
    video.removeAttribute('src');
    URL.revokeObjectURL(url);
  }
}

const unplayable = () => Object.assign(new Error('The browser does not play this video'), { code: 'unplayable' });

/** Resolves when a frame near the beginning is there; the very first one is often black. */
function shown(video, url) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(unplayable()), DECODED_WITHIN);
    video.onloadeddata = () => { video.currentTime = Math.min(0.5, (video.duration || 0) / 2); };
    video.onseeked = () => { clearTimeout(late); resolve(); };
    video.onerror = () => { clearTimeout(late); reject(unplayable()); };
    video.src = url;
  });
}
