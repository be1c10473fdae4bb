import { describe, expect, it } from 'vitest';
import { isGuess, isSilence, meanLogProbability, repeatsItself } from './guards.ts';

describe('a result looks wrong', () => {
  it('if it says the same over and over', () => {
    expect(repeatsItself('and then the man said '.repeat(8))).toBe(true);
    expect(repeatsItself('Printing, in the only sense with which we are at present concerned')).toBe(false);
    expect(repeatsItself('no no no no no')).toBe(false);
  });

  it('if its tokens were guessed', () => {
    expect(meanLogProbability([])).toBe(0);
    expect([isGuess([-0.5, -1.4]), isGuess([-0.5, -1.6])]).toEqual([false, true]);
  });

  it.each([
    [0.95, -0.6, true],
    [0.87, -0.2, false],
    [0.78, -0.7, false],
    [0.7, -1.1, true],
    [0.5, -2, false],
  ])('as no speech with a mark of %d and a mean log-probability of %d: %s', (noSpeechProbability, mean, expected) => {
    expect(isSilence({ noSpeechProbability, logProbabilities: [mean] })).toBe(expected);
  });

  it('never as no speech for an engine without such a mark', () => {
    expect(isSilence({ logProbabilities: [-3] })).toBe(false);
  });
});
