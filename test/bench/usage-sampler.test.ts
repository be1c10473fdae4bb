import { expect, it } from 'vitest';
import { loadBetween } from './usage-sampler.ts';

const sample = (at: number, cpuSeconds: number, rssMib: number) => ({
  ...{ at, cpuSeconds, mainThreadSeconds: cpuSeconds / 2, rssMib, peakRssMib: rssMib },
});

it('takes the load from the first to the last sample within two moments', () => {
  const samples = [sample(0, 0, 10), sample(1_000, 5, 20), sample(3_000, 6, 30), sample(9_000, 60, 90)];
  expect(loadBetween(samples, 500, 4_000)).toEqual({ cores: 0.5, mainThreadCores: 0.25, rssMib: 30 });
});

it('says nothing by a single sample', () => {
  expect(loadBetween([sample(1_000, 5, 20)], 0, 4_000)).toBeNull();
});
