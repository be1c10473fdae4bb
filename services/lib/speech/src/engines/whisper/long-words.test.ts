import { describe, expect, it } from 'vitest';
import { shortenLongWords, type TimedWord } from './long-words.ts';

/** Words in tenths of a second: text, start, end. */
function shortened(...words: [string, number, number][]): [string, number, number][] {
  const timed = words.map(([text, start, end]): TimedWord => ({ text, start: start * 1600, end: end * 1600 }));
  shortenLongWords(timed);
  return timed.map(({ text, start, end }) => [text, start / 1600, end / 1600]);
}

describe('words that are too long', () => {
  it('begin later after a sentence', () => {
    expect(shortened(['I', 0, 2], ['went.', 2, 4], ['Then', 4, 20], ['I', 20, 22])[2]).toEqual(['Then', 16, 20]);
    expect(shortened(['I', 0, 2], ['went!”', 2, 4], ['Then', 4, 20], ['I', 20, 22])[2]).toEqual(['Then', 16, 20]);
  });

  it('stay as they are inside a sentence', () => {
    expect(shortened(['I', 0, 2], ['went', 2, 4], ['theeen', 4, 20], ['home', 20, 22])[2]).toEqual(['theeen', 4, 20]);
  });

  it('begin later at the start of the audio', () => {
    expect(shortened(['Well', 0, 20], ['then', 20, 22], ['I', 22, 24])[0]).toEqual(['Well', 16, 20]);
  });

  it('give way to each other when both the first and the second are', () => {
    const words = shortened(['Well', 0, 20], ['then', 20, 30], ['I', 30, 32], ['went', 32, 34], ['on', 34, 36]);
    expect(words.slice(0, 2)).toEqual([
      ['Well', 22, 26],
      ['then', 26, 30],
    ]);
  });

  it('give way to each other when only the second is, far from the start of the audio', () => {
    const words = shortened(['Well', 9, 11], ['then', 11, 20], ['I', 20, 22], ['went', 22, 24], ['on', 24, 26]);
    expect(words.slice(0, 2)).toEqual([
      ['Well', 12, 16],
      ['then', 16, 20],
    ]);
  });

  it('never begin earlier, also where a long pause lies between the first two', () => {
    const words = shortened(['Well,', 9, 11], ['then', 21, 23], ['I', 23, 25]);
    expect(words[0]).toEqual(['Well,', 9, 11]);
  });

  it('are no longer than 1.4 s after a sentence where all words are long', () => {
    expect(shortened(['One.', 0, 10], ['Two.', 10, 40])[1]).toEqual(['Two.', 26, 40]);
  });

  it('are none where no word takes time', () => {
    expect(shortened(['a.', 3, 3], ['b', 3, 3])).toEqual([
      ['a.', 3, 3],
      ['b', 3, 3],
    ]);
    expect(shortened()).toEqual([]);
  });
});
