import { describe, expect, it } from 'vitest';
import { normaliseWords } from './normalise-words.ts';

const normalised = (text: string) => normaliseWords(text).join(' ');

describe('normaliseWords', () => {
  it('takes away case, punctuation and accents', () => {
    expect(normalised('Ask NOT, what… “your” country—à la carte!')).toBe('ask not what your country a la carte');
  });

  it('joins what an apostrophe parts, in either of its shapes, and parts what a hyphen joins', () => {
    expect(normalised("don't don’t cold-hearted")).toBe('dont dont cold hearted');
  });

  it('spells numbers as people say them', () => {
    expect(normalised('10 meters, 42 times, 100, 1,250 and 0')).toBe(
      'ten meters forty two times one hundred one thousand two hundred fifty and zero',
    );
  });

  it('spells ordinals', () => {
    expect(normalised('the 1st, 15th, 20th and 42nd')).toBe('the first fifteenth twentieth and forty second');
  });

  it('writes titles out', () => {
    expect(normalised('Mr. Dashwood, Mrs. Smith')).toBe('mister dashwood missus smith');
  });

  it('leaves numbers that are not simple as they are', () => {
    expect(normalised('12345678')).toBe('12345678');
  });

  it('leaves nothing of a text without words', () => {
    expect(normaliseWords(' … ! ')).toEqual([]);
  });
});
