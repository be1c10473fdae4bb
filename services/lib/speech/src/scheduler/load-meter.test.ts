import { describe, expect, it } from 'vitest';
import { cadenceMs, LoadMeter } from './load-meter.ts';

describe('LoadMeter', () => {
  it('tends to the share of workers in use', () => {
    const meter = new LoadMeter(2, 0);
    meter.began(0);
    expect(meter.load(20_000)).toBeCloseTo(0.5, 3);
    meter.finished(20_000);
    expect(meter.load(20_000)).toBeCloseTo(0.5, 3);
    expect(meter.load(40_000)).toBeCloseTo(0, 3);
  });
});

describe('cadenceMs', () => {
  it('is fastest while there is room, slowest when the workers are full, and never falls with load', () => {
    expect(cadenceMs(0)).toBe(200);
    expect(cadenceMs(0.4)).toBe(200);
    expect(cadenceMs(0.9)).toBeCloseTo(2_000);
    expect(cadenceMs(1)).toBeCloseTo(2_000);
    const steps = Array.from({ length: 101 }, (_, i) => cadenceMs(i / 100));
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
  });
});
