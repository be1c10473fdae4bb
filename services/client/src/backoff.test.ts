import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

describe('waiting before another try', () => {
  it('doubles up to five seconds, less up to a half by chance', () => {
    expect([0, 1, 4, 5, 20].map((attempt) => backoffMs(attempt, 0))).toEqual([250, 500, 4_000, 5_000, 5_000]);
    expect(backoffMs(1, 1)).toBe(250);
  });
});
