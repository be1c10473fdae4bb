import { describe, expect, it } from 'vitest';
import { SampleTimes } from './sample-times.ts';

describe('SampleTimes', () => {
  it('tells when the chunk with a sample passed', () => {
    const times = new SampleTimes();
    times.passed(1_600, 10);
    times.passed(3_200, 20);
    expect([0, 1_599, 1_600, 3_199].map((sample) => times.of(sample))).toEqual([10, 10, 20, 20]);
  });

  it('knows nothing of what has not passed, nor of what passed before it', () => {
    const times = new SampleTimes(16_000);
    times.passed(17_600, 10);
    expect(times.of(15_999)).toBeNull();
    expect(times.of(17_600)).toBeNull();
  });

  it('keeps the first time of what passes again', () => {
    const times = new SampleTimes();
    times.passed(1_600, 10);
    times.passed(1_600, 30);
    times.passed(800, 40);
    expect(times.of(0)).toBe(10);
  });

  it('grows with moments, not with chunks', () => {
    const times = new SampleTimes();
    for (let sample = 1; sample <= 16_000; sample++) times.passed(sample, Math.floor(sample / 16));
    expect(times.size).toBeLessThanOrEqual(1_001);
    expect([0, 15, 16, 15_999].map((sample) => times.of(sample))).toEqual([0, 1, 1, 1_000]);
  });

  it('remembers a minute at the least, and not all of a long talk', () => {
    const times = new SampleTimes();
    for (let second = 1; second <= 600; second++) times.passed(second * 16_000, second);
    expect(times.of(540 * 16_000)).toBe(541);
    expect(times.of(400 * 16_000)).toBeNull();
  });
});
