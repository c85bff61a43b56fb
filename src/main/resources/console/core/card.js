/**
 * Whether a text holds what looks like a card number: 13 to 19 digits, also full-width or with spaces and
 * hyphens between, that pass the Luhn check. Such a text is never kept in this browser.
 */
export function holdsCard(text) {
  const plain = text.normalize('NFKC');
  for (const [run] of plain.matchAll(/\d(?:[ \-‐‑–—−ー]?\d){12,}/g)) {
    const digits = run.replace(/\D/g, '');
    for (let length = 13; length <= Math.min(19, digits.length); length++) {
      for (let at = 0; at + length <= digits.length; at++) {
        if (luhn(digits.slice(at, at + length))) return true;
      }
    }
  }
  return false;
}

function luhn(digits) {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    let digit = Number(digits[digits.length - 1 - i]);
    if (i % 2) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 === 0 && !/^(\d)\1*$/.test(digits);
}
