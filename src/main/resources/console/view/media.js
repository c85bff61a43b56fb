import { html, nothing } from 'lit';
import { icon } from './view.js';
import { state } from '../core/state.js';
import { moment, span } from '../core/time.js';
import { t, lang } from '../core/words.js';

const PICTURES = { image: 'image', video: 'play', audio: 'mic' };

export function fileSize(bytes) {
  if (bytes == null) return '';
  const units = ['B', 'KB', 'MB', 'GB'];
  const step = Math.min(3, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${new Intl.NumberFormat(lang(), { maximumFractionDigits: step > 1 ? 1 : 0 }).format(bytes / 1024 ** step)} ${units[step]}`;
}

/** The box of a picture is reserved from its size, so that nothing moves when it arrives. */
function box({ width, height }) {
  if (!width || !height) return 'width: 148px; height: 104px';
  const scale = Math.min(180 / width, 132 / height, 1);
  return `width: ${Math.max(72, Math.round(width * scale))}px; height: ${Math.max(56, Math.round(height * scale))}px`;
}

/** An identity document is not fetched before somebody who may see it asks for it: each view is recorded. */
function identityTile(message, context) {
  if (!context.inquiry.mine && state.me.role !== 'supervisor') {
    return html`<div class="tile away" .style=${box(message.media)}>${icon('lock')}<span>${t('media.identity-closed')}</span></div>`;
  }
  return html`<button class="tile identity" .style=${box(message.media)} aria-label=${t('media.open-identity')} @click=${() => context.view(message)}>
    ${icon('shield')}<span class="shown">${icon('lock', 'sm')}${t('media.show')}</span></button>`;
}

/** A picture, film or recording in the state it is in. Only a ready picture opens the viewer. */
export function mediaTile(message, context) {
  const { media, type, external } = message;
  const length = message.duration ? span(message.duration / 1000) : null;
  if (!media) return html`<div class="card">${icon(PICTURES[type])}<div class="grow"><p class="strong">${t(`type.${type}`)}</p>${external ? html`<p class="meta">${t('media.external')}</p>` : nothing}</div></div>`;
  if (media.state === 'ready' && media.identity) return identityTile(message, context);
  if (media.state === 'ready' && type === 'image') {
    return html`<button class="tile" .style=${box(media)} aria-label=${t('media.open')} @click=${() => context.view(message)}>
      <img src=${media.url ?? `/api/media/${media.id}`} alt="" loading="lazy" decoding="async" draggable="false" @error=${(event) => event.target.closest('.tile').classList.add('broken')}>
      <span class="tilefail">${icon('alert', 'sm')}${t('media.failed')}</span></button>`;
  }
  if (media.state === 'ready') {
    const source = media.url ?? `/api/media/${media.id}`;
    return html`<div class="card film">${type === 'video' ? html`<video controls preload="none" poster=${media.preview ?? nothing} src=${source} aria-label=${t('type.video')}></video>` : html`<audio controls preload="none" src=${source} aria-label=${t('type.audio')}></audio>`}
      <div class="row">${icon(PICTURES[type])}<span class="meta grow">${[t(`type.${type}`), length, fileSize(media.size)].filter(Boolean).join(' · ')}</span><a class="btn sm" href=${source} download>${t('media.save')}</a></div></div>`;
  }
  const gone = media.state === 'purged' && media.dueAt;
  return html`<div class="tile away ${media.state}" .style=${type === 'image' ? box(media) : 'width: 220px; height: 56px'}>
    ${icon(['fetching', 'preparing'].includes(media.state) ? 'clock' : ['failed', 'infected'].includes(media.state) ? 'alert' : PICTURES[type])}
    <span>${gone ? t('media.purged-at', { time: moment(media.dueAt) }) : [t(`media.${media.state}`), length].filter(Boolean).join(' · ')}</span></div>`;
}

export function fileCard({ file, media }) {
  const ready = media?.state === 'ready';
  return html`<div class="card">${icon('file')}<div class="grow"><p class="strong clip" title=${file?.name ?? ''}>${file?.name ?? t('type.file')}</p>
      <p class="meta">${[fileSize(file?.size ?? media?.size), media && !ready ? t(`media.${media.state}`) : null].filter(Boolean).join(' · ')}</p></div>
    ${ready ? html`<a class="btn sm" href=${media.url ?? `/api/media/${media.id}`} download=${file?.name ?? ''}>${t('media.save')}</a>` : nothing}</div>`;
}
