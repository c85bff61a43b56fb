/**
 * Whether a text holds what looks like a card number, as the hub finds them: 13 to 19 digits, also full-width or with
 * a few signs between, grouped, beginning and as long as a brand's are, that pass the Luhn check. Such a text is never
 * kept in this browser.
 */
export function holdsCard(text) {
  return runs(text.normalize('NFKC')).some(holds);
}

const BETWEEN = '[\\p{Cf}\\p{Mn}\\p{Me}\\p{Pd}\\p{Pc}\\p{Z}\\s.。·・ー−]{0,3}';
const RUN = new RegExp(`\\p{Nd}(?:${BETWEEN}\\p{Nd}){12,}`, 'gu');
const GROUPINGS = { 13: [4, 7, 10], 14: [4, 10], 15: [4, 10], 16: [6], 19: [6] };
const LONGEST_EQUAL = 6;
/** First four digits from and to, fewest and most digits. */
const RANGES = [
  [4000, 4999, 13, 13], [4000, 4999, 16, 16], [4000, 4999, 19, 19],
  [5100, 5599, 16, 16], [2221, 2720, 16, 16],
  [3400, 3499, 15, 15], [3700, 3799, 15, 15],
  [3000, 3059, 14, 14], [3095, 3095, 14, 14], [3600, 3699, 14, 19], [3800, 3999, 14, 19],
  [3528, 3589, 16, 19],
  [6011, 6011, 16, 19], [6440, 6599, 16, 19],
  [6200, 6299, 16, 19], [8100, 8199, 16, 19],
  [5018, 5018, 13, 19], [5020, 5020, 13, 19], [5038, 5038, 13, 19], [5893, 5893, 13, 19],
  [6304, 6304, 13, 19], [6759, 6759, 13, 19], [6761, 6763, 13, 19],
];
/** Lengths that count only where nothing stands beside the number. */
const UNISSUED = [4000, 4999, 14, 18];

/** The digits of each run, at which of them its groups begin, and at which its lines but the first do. */
function runs(text) {
  return [...text.matchAll(RUN)].map(([run]) => {
    let digits = '';
    const starts = [0];
    const lines = [];
    let signs = '';
    for (const sign of run) {
      if (!/\p{Nd}/u.test(sign)) {
        signs += sign;
        continue;
      }
      if (/[^\p{Cf}\p{Mn}\p{Me}]/u.test(signs)) starts.push(digits.length);
      if (/[\n\r\v\f\u2028\u2029]/.test(signs)) lines.push(digits.length);
      digits += valueOf(sign);
      signs = '';
    }
    return { digits, starts, lines };
  });
}

/** Every script's ten digits stand in a row; the sets of mathematical ones are plain digits by now. */
function valueOf(digit) {
  const point = digit.codePointAt(0);
  let zero = point;
  while (point - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return point - zero;
}

function holds({ digits, starts, lines }) {
  const ends = [...starts.slice(1), digits.length];
  if (lines.length && lines.length < 3 && ends.some((end) => end > lines.at(-1) && overLines(digits, starts, lines, end))) return true;
  for (let group = 0; group < starts.length; group++) {
    const from = starts[group];
    for (let last = group; last < starts.length && ends[last] - from <= 19; last++) {
      const breaks = starts.slice(group + 1, last + 1).map((at) => at - from);
      if (grouped(breaks, ends[last] - from) && number(digits.slice(from, ends[last]), ends[last] - from === digits.length)) return true;
    }
  }
  return false;
}

/** Whether the digits up to here are a number that is broken anywhere by the lines. */
const overLines = (digits, starts, lines, end) => number(digits.slice(0, end), end === digits.length) && grouped(starts.slice(1).filter((at) => at < end && !lines.includes(at)), end);

function grouped(breaks, length) {
  if (!breaks.length || breaks.every((at) => at % 4 === 0) || breaks.every((at) => GROUPINGS[length]?.includes(at))) return true;
  const [each] = breaks;
  return each <= LONGEST_EQUAL && breaks.every((at, i) => at === (i + 1) * each) && length - breaks.at(-1) <= each;
}

function number(digits, alone) {
  const four = Number(digits.slice(0, 4));
  return (alone ? [...RANGES, UNISSUED] : RANGES).some(([first, last, shortest, longest]) => four >= first && four <= last && digits.length >= shortest && digits.length <= longest) && luhn(digits);
}

function luhn(digits) {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    let digit = Number(digits[digits.length - 1 - i]);
    if (i % 2) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 === 0;
}
