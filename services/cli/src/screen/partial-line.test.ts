import { describe, expect, it } from 'vitest';
import { partialLine } from './partial-line.ts';

const dim = (text: string) => `\u001b[2m${text}\u001b[22m`;

describe('the line of a partial', () => {
  it.each([
    ['dims what may still change', 'ask not what', 7, 80, `ask not${dim(' what')}`],
    ['dims nothing where all is stable', 'ask not', 7, 80, 'ask not'],
    ['leaves out the beginning of what does not fit', 'abcdefghij', 8, 6, `…gh${dim('ij')}`],
    ['dims all that is left when only unstable text fits', 'abcdefghij', 2, 6, `…${dim('ghij')}`],
  ])('%s', (_, text, stableChars, columns, line) => {
    expect(partialLine(text, stableChars, columns)).toBe(line);
  });
});
