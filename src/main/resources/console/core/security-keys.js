import { state } from './state.js';

/** Whether this browser asks security keys. In a frame of another site the key would not know whom it answers. */
export const keysWork = () => !state.framed && Boolean(globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON);

/**
 * Asks a key of the person for the answer to the hub's options.
 * @throws {DOMException} when the person stops it, or none of the keys is there
 */
export async function askKey(options) {
  const answer = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  return answer.toJSON();
}

/**
 * Makes a new key from the hub's options.
 * @throws {DOMException} when the person stops it; InvalidStateError when the key is theirs already
 */
export async function makeKey(options) {
  const made = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
  return made.toJSON();
}
