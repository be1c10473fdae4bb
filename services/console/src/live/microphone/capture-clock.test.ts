import { describe, expect, it } from 'vitest';
import { CaptureClock } from './capture-clock.ts';

describe('CaptureClock', () => {
  it('goes by the block that came quickest', () => {
    const clock = new CaptureClock();
    expect(clock.timeOf(0)).toBeNull();
    clock.note(1_600, 5_130);
    clock.note(3_200, 5_201);
    clock.note(4_800, 5_350);
    expect(clock.timeOf(4_800)).toBeCloseTo(5_301, 0);
  });

  it('follows a device whose clock is a little slow', () => {
    const clock = new CaptureClock();
    for (let second = 1; second <= 600; second++) clock.note(second * 16_000, second * 1_000.1);
    expect(clock.timeOf(600 * 16_000)).toBeCloseTo(600_060, -1);
  });

  it('finds its way again after a device that stood still', () => {
    const clock = new CaptureClock();
    const note = (ms: number, late: number) => clock.note(ms * 16, ms + late);
    for (let ms = 80; ms <= 10_000; ms += 80) note(ms, 12);
    for (let ms = 10_080; ms <= 22_000; ms += 80) note(ms, 3_012);
    expect(clock.timeOf(22_000 * 16)).toBe(25_012);
  });
});
