import { describe, expect, it } from 'vitest';
import { endMark, Hypothesis, tokenCap } from './hypothesis.ts';

const next = (best: number, second = 9): Parameters<Hypothesis['take']>[0] => ({
  ids: [best, second],
  logProbabilities: [-0.1, -2],
});

function taken(cap: number, answers: readonly number[]): Hypothesis {
  const hypothesis = new Hypothesis(cap);
  for (const token of answers) if (hypothesis.open) hypothesis.take(next(token));
  return hypothesis;
}

describe('a hypothesis', () => {
  it('ends at the end mark, whose probability it keeps as the last', () => {
    const hypothesis = taken(10, [5, 6, 7, endMark]);
    expect(hypothesis.tokens).toEqual([5, 6, 7]);
    expect(hypothesis.logProbabilities).toEqual([-0.1, -0.1, -0.1, -0.1]);
    expect([hypothesis.open, hypothesis.truncated]).toEqual([false, false]);
  });

  it('takes the second best for an end mark among the first two tokens, with its true probability', () => {
    const hypothesis = taken(10, [endMark, endMark]);
    expect(hypothesis.tokens).toEqual([9, 9]);
    expect(hypothesis.logProbabilities).toEqual([-2, -2]);
    hypothesis.take(next(endMark));
    expect(hypothesis.open).toBe(false);
  });

  it('is truncated at its cap, with a probability for each token and none for an end mark', () => {
    const hypothesis = taken(3, [5, 6, 7, 8]);
    expect(hypothesis.tokens).toEqual([5, 6, 7]);
    expect(hypothesis.logProbabilities).toHaveLength(3);
    expect([hypothesis.open, hypothesis.truncated]).toEqual([false, true]);
  });

  it('is truncated when it goes round in circles', () => {
    expect(taken(100, [1, 5, 6, 7, 5, 6, 7, 5, 6, 7, 5, 6, 7, 8]).tokens.at(-1)).toBe(7);
    expect(taken(100, [1, 5, 6, 7, 5, 6, 7, 5, 6, 7, 5, 6, 7, 8]).truncated).toBe(true);
  });
});

describe('the token cap', () => {
  it('grows by 6.5 tokens a second from six', () => {
    expect([tokenCap(0), tokenCap(16_000), tokenCap(30 * 16_000)]).toEqual([6, 13, 201]);
  });
});
