import { describe, expect, it } from 'vitest';
import { quantile, summarise } from './statistics.ts';

describe('quantile', () => {
  it('interpolates between the nearest values, whatever their order', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([10, 20, 30, 40, 50], 0.95)).toBeCloseTo(48);
  });

  it('is the value itself for a single one, and the ends for 0 and 1', () => {
    expect(quantile([7], 0.95)).toBe(7);
    expect(quantile([3, 9, 6], 0)).toBe(3);
    expect(quantile([3, 9, 6], 1)).toBe(9);
  });

  it('sorts by number, not by spelling', () => {
    expect(quantile([100, 9, 20], 0)).toBe(9);
  });
});

describe('summarise', () => {
  it('says that there is nothing rather than zero', () => {
    expect(summarise([])).toBeNull();
  });

  it('gives count, median, 95th percentile and greatest value', () => {
    expect(summarise([1, 2, 3])).toEqual({ count: 3, p50: 2, p95: 2.9, max: 3 });
  });
});
