import { describe, expect, it } from 'vitest';
import { levelOf, meterShare, SILENT, shownLevel } from './level.ts';

describe('the level', () => {
  it('is 0 dB for full scale and the floor for silence', () => {
    expect(levelOf(new Float32Array(100).fill(1))).toEqual({ rms: 0, peak: 0 });
    expect(levelOf(new Float32Array(100).fill(-0.1)).rms).toBeCloseTo(-20);
    expect(levelOf(new Float32Array(100))).toEqual(SILENT);
    expect(levelOf(new Float32Array(0))).toEqual(SILENT);
  });

  it('tells a single loud sample from a loud sound', () => {
    const { rms, peak } = levelOf(Float32Array.from({ length: 100 }, (_, index) => (index === 7 ? -1 : 0)));
    expect(rms).toBeCloseTo(-20);
    expect(peak).toBe(0);
  });

  it('rises at once and falls slowly, the peak slowest', () => {
    const loud = { rms: -10, peak: -2 };
    expect(shownLevel(SILENT, loud, 0.02)).toEqual(loud);
    expect(shownLevel(loud, SILENT, 0.5)).toEqual({ rms: -30, peak: -8 });
    expect(shownLevel(loud, SILENT, 60)).toEqual(SILENT);
  });

  it('fills the meter between the floor and full scale', () => {
    expect([-60, -30, 0, 6].map(meterShare)).toEqual([0, 0.5, 1, 1]);
  });
});
