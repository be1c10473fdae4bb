import { expect, it } from 'vitest';
import { linearScale, logScale, niceTicks, timeTicks } from './scale.ts';
import { windowUntil } from './window.ts';

it.each([
  [0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  [0, 0.57, [0, 0.2, 0.4]],
  [0, 7, [0, 2, 4, 6]],
  [10.9, 11.3, [10.9, 11, 11.1, 11.2, 11.3]],
  [-3, 3, [-2, 0, 2]],
])('ticks from %f to %f are round', (min, max, ticks) => {
  expect(niceTicks(min, max, 5)).toEqual(ticks);
});

it('a scale begins at 0, ends above its highest value, and keeps ends that are given', () => {
  const free = linearScale([2, 10], {});
  expect([free.at(0), free.at(10) < 1, free.at(10) > 0.9]).toEqual([0, true, true]);
  const given = linearScale([2, 10], { min: 2, max: 4 });
  expect([given.at(2), given.at(3), given.at(4)]).toEqual([0, 0.5, 1]);
});

it.each([[[]], [[0, 0]], [[Number.NaN]], [[Number.POSITIVE_INFINITY, 1]]])(
  'a scale of %j has finite heights',
  (values) => {
    for (const scale of [linearScale(values, {}), logScale(values, 10)]) {
      for (const value of [0, 1, ...scale.ticks]) expect(scale.at(value)).toBeGreaterThanOrEqual(0);
      expect(scale.ticks.length).toBeGreaterThan(0);
      expect(scale.ticks.length).toBeLessThan(9);
    }
  },
);

it('a logarithmic scale has its ticks at powers', () => {
  const scale = logScale([0.002, 3], 10);
  expect(scale.ticks.map((tick) => Number(tick.toPrecision(3)))).toEqual([0.001, 0.01, 0.1, 1, 10]);
  expect(scale.at(0.1)).toBeCloseTo(0.5);
});

it('times have ticks at round times', () => {
  expect(timeTicks(10_500, 70_000, 6)).toEqual([20_000, 30_000, 40_000, 50_000, 60_000, 70_000]);
  expect(timeTicks(0, 300_000, 6)).toEqual([0, 60_000, 120_000, 180_000, 240_000, 300_000]);
});

it('a window ends on a step, and has no more steps than can be seen', () => {
  const window = windowUntil(1_000_123_456, 3_600_000, 5_000);
  expect(window.stepMs % 5_000).toBe(0);
  expect(window.toMs % window.stepMs).toBe(0);
  expect(1_000_123_456 - window.toMs).toBeLessThan(window.stepMs);
  expect((window.toMs - window.fromMs) / window.stepMs).toBeLessThanOrEqual(240);
  expect(window.toMs - window.fromMs).toBeGreaterThanOrEqual(3_600_000);
});
