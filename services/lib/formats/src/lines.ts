import type { Piece } from './pieces.ts';

/** Characters (UTF-16 units) of one line of a subtitle: Netflix Timed Text Style Guide, English, "Character Limitation". */
export const MOST_CHARACTERS = 42;

/**
 * Lays pieces out on one line if they fit, else on two lines of about equal length, broken behind punctuation if there
 * is any near the middle; null if two lines do not hold them. The first line begins with room for `indent` characters.
 */
export function linesOf(pieces: readonly Piece[], indent = 0): string[] | null {
  const whole = textOf(pieces);
  if (indent + whole.length <= MOST_CHARACTERS) return [whole];
  let best: { lines: string[]; cost: number } | null = null;
  for (let at = 1; at < pieces.length; at++) {
    const lines = [textOf(pieces.slice(0, at)), textOf(pieces.slice(at))] as const;
    const lengths = [indent + lines[0].length, lines[1].length] as const;
    if (lengths.some((length) => length > MOST_CHARACTERS)) continue;
    const cost = Math.abs(lengths[0] - lengths[1]) - (/[\p{P}]$/u.test(lines[0]) ? PUNCTUATION_GAIN : 0);
    if (best === null || cost < best.cost) best = { lines: [...lines], cost };
  }
  return best?.lines ?? null;
}

/** How many characters of imbalance a break behind punctuation is worth. */
const PUNCTUATION_GAIN = 24;

const textOf = (pieces: readonly Piece[]): string =>
  pieces.map(({ text, spaced }, index) => (spaced && index > 0 ? ` ${text}` : text)).join('');
