import { expect, it } from 'vitest';
import { trimWords } from './trim-words.ts';

/** 10 ms steps of the given amplitudes. */
const sound = (...amplitudes: number[]): Float32Array =>
  Float32Array.from({ length: amplitudes.length * 160 }, (_, i) => amplitudes[Math.floor(i / 160)]! * (i % 2 ? 1 : -1));

const word = (start: number, end: number) => ({ text: 'w', start: start * 160, end: end * 160, confidence: 1 });
const places = (words: readonly { start: number; end: number }[]) =>
  words.map(({ start, end }) => [start / 160, end / 160]);

it('silence at the ends of a word is none of it, a pause inside one is', () => {
  const audio = sound(0, 0.001, 0.5, 0.4, 0, 0.4, 0.1, 0.001, 0);
  expect(places(trimWords([word(0, 9)], audio))).toEqual([[2, 7]]);
});

it('a pause between two words belongs to neither', () => {
  const audio = sound(0.5, 0.5, 0, 0, 0, 0.2, 0.2);
  expect(places(trimWords([word(0, 4), word(4, 7)], audio))).toEqual([
    [0, 2],
    [5, 7],
  ]);
});

it('weak consonants stay, and words without any sound keep a step', () => {
  expect(places(trimWords([word(0, 3)], sound(0.05, 0.5, 0.05)))).toEqual([[0, 3]]);
  expect(places(trimWords([word(1, 4)], sound(0, 0, 0, 0)))).toEqual([[1, 4]]);
  expect(trimWords([{ ...word(2, 2), end: 320 }], sound(0, 0, 0))[0]).toMatchObject({ start: 320, end: 320 });
});
