import { spellNumber, spellOrdinal } from './spell-number.ts';

/** What recordings' texts spell out and engines abbreviate. */
const TITLES: Readonly<Record<string, string>> = { mr: 'mister', mrs: 'missus', dr: 'doctor' };

/**
 * A text as the words that are compared, the same for references and hypotheses: lower case, without accents,
 * punctuation and apostrophes; hyphens part words; whole numbers and ordinals in figures become words ("10" is "ten"),
 * Mr, Mrs and Dr are written out. Spelling variants (colour, color) and fillers (uh, um) stay.
 */
export function normaliseWords(text: string): string[] {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/['’‘`]/g, '')
    .replace(/(?<=\d),(?=\d{3}\b)/g, '');
  const words = plain.match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.flatMap((word) => spelled(word).split(' '));
}

function spelled(word: string): string {
  const ordinal = /^(\d+)(?:st|nd|rd|th)$/.exec(word);
  if (ordinal) return spellOrdinal(Number(ordinal[1])) ?? word;
  if (/^\d+$/.test(word)) return spellNumber(Number(word)) ?? word;
  return TITLES[word] ?? word;
}
