import { html, nothing } from 'lit';
import { icon } from './view.js';
import { t } from '../core/words.js';

/** Where a code is typed; an authenticator's six digits, or a recovery code in letters. */
export const codeField = (id, { recovery = false, wrong = false } = {}) => html`<input id=${id} name="code" class="field lg ${recovery ? 'mono' : 'six'}"
  inputmode=${recovery ? 'text' : 'numeric'} autocomplete=${recovery ? 'off' : 'one-time-code'} autocapitalize=${recovery ? 'characters' : 'none'} spellcheck="false"
  maxlength=${recovery ? 20 : 8} required aria-invalid=${wrong} aria-describedby=${wrong ? 'sign-error' : nothing}>`;

/** A secret as a picture for an authenticator's camera, and as letters to type. */
export const factorSteps = ({ secret, uri, size, path }) => html`<p class="body">${t('factor.scan')}</p>
  <svg class="qr" role="img" aria-label=${t('factor.qr')} viewBox="-4 -4 ${size + 8} ${size + 8}" shape-rendering="crispEdges"><path d=${path}></path></svg>
  <p class="meta">${t('factor.by-hand')} <a href=${uri}>${t('factor.open')}</a></p>
  <p class="mono secret" translate="no">${secret.match(/.{1,4}/g).join(' ')}</p>`;

/** The recovery codes, shown this once. */
export const recoveryList = (codes) => html`<p class="body">${t('factor.recovery.text')}</p>
  <ul class="codes mono" role="list" translate="no">${codes.map((code) => html`<li>${code}</li>`)}</ul>
  <button type="button" class="btn" @click=${() => navigator.clipboard.writeText(codes.join('\n'))}>${icon('copy')}${t('factor.recovery.copy')}</button>`;

export const problem = (words) => (words ? html`<p class="fielderror" id="sign-error" role="alert">${icon('alert', 'sm')}<span>${words}</span></p>` : nothing);
