import { describe, expect, it } from 'vitest';
import { finalStages } from './final-stages.ts';

const lengths = (...moments: Parameters<typeof finalStages>): Record<string, number> =>
  Object.fromEntries(finalStages(...moments).map(({ stage, from, to }) => [stage, to - from]));

const usual = {
  storedAt: 100,
  readAt: 103,
  timing: { lastSound: 16_000, endKnownAt: 610, decode: { began: 640, ended: 700 } },
  commitBegan: 705,
  committedAt: 707,
};

describe('the stages of a final', () => {
  it('follow each other without a hole', () => {
    expect(lengths(usual)).toEqual({ queue: 3, vad: 507, buffer: 30, decode: 60, stabilise: 5, commit: 2 });
    const stages = finalStages(usual);
    expect(stages.slice(1).map(({ from }) => from)).toEqual(stages.slice(0, -1).map(({ to }) => to));
  });

  it('have of a decode that was begun in the pause only what was waited for', () => {
    const begun = { ...usual, timing: { ...usual.timing, decode: { began: 330, ended: 640 } } };
    expect(lengths(begun)).toMatchObject({ vad: 507, buffer: 0, decode: 30, stabilise: 65 });
    const done = { ...usual, timing: { ...usual.timing, decode: { began: 330, ended: 400 } } };
    expect(lengths(done)).toMatchObject({ vad: 507, buffer: 0, decode: 0, stabilise: 95 });
  });

  it('are never negative where the log’s clock is ahead', () => {
    expect(lengths({ ...usual, storedAt: 150 })).toMatchObject({ queue: 0, vad: 507 });
  });
});
