const ONES = [
  ...['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'],
  ...['thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'],
];
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const IRREGULAR_ORDINALS: Readonly<Record<string, string>> = {
  ...{ one: 'first', two: 'second', three: 'third', five: 'fifth', eight: 'eighth', nine: 'ninth', twelve: 'twelfth' },
};

/** A whole number from 0 to 999,999 in English words, without "and"; null for others. */
export function spellNumber(value: number): string | null {
  if (!Number.isInteger(value) || value < 0 || value > 999_999) return null;
  return wordsOf(value).join(' ');
}

/** The same as an ordinal: 21 is "twenty first". */
export function spellOrdinal(value: number): string | null {
  const words = spellNumber(value)?.split(' ');
  const last = words?.pop();
  if (words === undefined || last === undefined) return null;
  return [...words, IRREGULAR_ORDINALS[last] ?? (last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`)].join(
    ' ',
  );
}

function wordsOf(value: number): string[] {
  if (value >= 1000) return [...wordsOf(Math.floor(value / 1000)), 'thousand', ...rest(value % 1000)];
  if (value >= 100) return [ONES[Math.floor(value / 100)]!, 'hundred', ...rest(value % 100)];
  if (value >= 20) return [TENS[Math.floor(value / 10)]!, ...rest(value % 10)];
  return [ONES[value]!];
}

const rest = (value: number): string[] => (value === 0 ? [] : wordsOf(value));
