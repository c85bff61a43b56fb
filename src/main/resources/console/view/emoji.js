import { html } from 'lit';
import { icon } from './view.js';
import { state } from '../core/state.js';
import { emojiLike } from '../core/line-emoji.js';
import { t } from '../core/words.js';

const drawn = (emoji) => {
  const like = emojiLike(emoji);
  return like ? html`<span class="like" aria-hidden="true" data-sign=${like}></span>` : icon('smile', 'sm');
};

/** A LINE emoji's picture: LINE's own where it is wanted and there is one; else a sign of Unicode's that means the same, or a plain face. */
export const emojiArt = (emoji) =>
  state.me?.stickerPictures && emoji.productId
    ? html`<span class="art"><img class="lepic" src=${`/api/emojis/${emoji.productId}/${emoji.emojiId}/picture`} alt="" loading="lazy" decoding="async" draggable="false" @error=${({ target }) => target.classList.add('missing')}>${drawn(emoji)}</span>`
    : drawn(emoji);

/** An emoji within words; its words are what copying gives and what is read out. */
export const emojiChip = (emoji, words) => html`<span class="lemoji" title=${t('message.emoji', { words })}>${emojiArt(emoji)}${words}</span>`;
