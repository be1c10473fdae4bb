import { expect, it } from 'vitest';
import { slope } from './trend.ts';

it('is what y gains for each x', () => {
  const points = [0, 1, 2, 3].map((x) => [x, 5 + 2 * x] as const);
  expect(slope(points)).toBeCloseTo(2);
});

it('takes the middle of what scatters', () => {
  const points = [
    [0, 1],
    [0, 3],
    [2, 5],
    [2, 7],
  ] as const;
  expect(slope(points)).toBeCloseTo(2);
});

it('is unknown for a single moment', () => {
  expect(slope([])).toBeNull();
  expect(slope([[1, 5]])).toBeNull();
});
