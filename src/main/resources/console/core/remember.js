/**
 * What this browser remembers of how a person likes the screen. In a frame of another site a browser may refuse to remember
 * anything, by throwing; then the screen is as it comes.
 */
export function remembered(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // It counts until the screen is closed.
  }
}
