import { describe, expect, it } from 'vitest';
import { addErrors, align, describeChanges, errorCount, wordErrorRate, wordErrors } from './word-alignment.ts';

const words = (text: string) => text.split(' ').filter((word) => word !== '');

describe('wordErrors', () => {
  it('finds nothing wrong in the same words', () => {
    expect(errorCount(wordErrors(words('go forward ten meters'), words('go forward ten meters')))).toBe(0);
  });

  it('tells replaced, missing and added words apart', () => {
    const errors = wordErrors(
      words('ask not what your country can do for you'),
      words('ask now what your big country can do you'),
    );
    expect(errors).toEqual({ words: 9, substituted: 1, deleted: 1, inserted: 1 });
  });

  it('counts every word as missing where nothing was recognised, and as added where nothing was said', () => {
    expect(wordErrors(words('a b c'), [])).toEqual({ words: 3, substituted: 0, deleted: 3, inserted: 0 });
    expect(wordErrors([], words('a b'))).toEqual({ words: 0, substituted: 0, deleted: 0, inserted: 2 });
  });
});

describe('wordErrorRate', () => {
  it('weighs texts by their length when it is taken over several', () => {
    const short = wordErrors(words('six'), words('sex'));
    const long = wordErrors(words('a b c d e f g h i'), words('a b c d e f g h i'));
    expect(wordErrorRate(addErrors([short, long]))).toBe(10);
  });

  it('has no value without reference words', () => {
    expect(wordErrorRate(wordErrors([], words('noise')))).toBeNull();
  });
});

describe('align', () => {
  it('keeps common words beside each other around an insertion', () => {
    expect(align(words('a c'), words('a b c'))).toEqual([
      { reference: 'a', hypothesis: 'a' },
      { reference: null, hypothesis: 'b' },
      { reference: 'c', hypothesis: 'c' },
    ]);
  });
});

describe('describeChanges', () => {
  it('names only what differs', () => {
    expect(
      describeChanges(words('over their heads the end of it all'), words('over there heads end of it all now')),
    ).toBe('their>there, -the, +now');
  });
});
