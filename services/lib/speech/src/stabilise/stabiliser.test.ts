import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Stabiliser } from './stabiliser.ts';

const run = (...hypotheses: string[]) => {
  const stabiliser = new Stabiliser();
  return hypotheses.map((hypothesis) => stabiliser.update(hypothesis));
};
const stableOf = ({ text, stableChars }: { text: string; stableChars: number }) => text.slice(0, stableChars);

describe('Stabiliser', () => {
  it('calls nothing stable that only one hypothesis has said', () => {
    expect(run('And so my')).toEqual([{ text: 'And so my', stableChars: 0 }]);
  });

  it('calls the prefix stable that two hypotheses in a row agree on, but not a last word', () => {
    expect(stableOf(run('And so', 'And so my fellow')[1]!)).toBe('And so');
    expect(stableOf(run('And so my', 'And so my')[1]!)).toBe('And so');
  });

  it('sees through case and punctuation at the end of a hypothesis', () => {
    expect(stableOf(run('And so.', 'And so, my')[1]!)).toBe('And so,');
  });

  it('does not take stable words back when a later hypothesis disagrees', () => {
    const [, second, third] = run('ask not what your', 'ask not what your country', 'as not what your country can');
    expect(stableOf(second!)).toBe('ask not what your');
    expect(third!.text).toBe('ask not what your country can');
  });

  it('aligns a hypothesis that has lost or gained a word before it adds what follows', () => {
    expect(run('one two three four', 'one two three four five', 'one three four five six')[2]!.text).toBe(
      'one two three four five six',
    );
    expect(run('one two three four', 'one two three four five', 'one or two three four five six')[2]!.text).toBe(
      'one two three four five six',
    );
  });

  it('goes on to settle words although a stable one is read otherwise now', () => {
    const shown = run(
      'the block books were',
      'the block books were the',
      'the blockbooks were the first',
      'the blockbooks were the first printed',
    );
    expect(stableOf(shown.at(-1)!)).toBe('the block books were the first');
  });

  it('never changes a character that it called stable, whatever the hypotheses are', () => {
    const hypothesis = fc.array(fc.constantFrom('a', 'b', 'C', 'd,', 'e.'), { maxLength: 8 }).map((w) => w.join(' '));
    fc.assert(
      fc.property(fc.array(hypothesis, { maxLength: 12 }), (hypotheses) => {
        let stable = '';
        for (const shown of run(...hypotheses)) {
          expect(shown.text.startsWith(stable)).toBe(true);
          expect(shown.stableChars).toBeGreaterThanOrEqual(stable.length);
          stable = stableOf(shown);
        }
      }),
    );
  });
});
