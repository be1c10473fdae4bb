import { describe, expect, it } from 'vitest';
import { levelOf, meterShare, SILENT, shownLevel } from './level.ts';

describe('the level', () => {
  it('is 0 dB for full scale and the floor for silence', () => {
    expect(levelOf(new Float32Array(100).fill(1))).toBeCloseTo(0);
    expect(levelOf(new Float32Array(100).fill(0.1))).toBeCloseTo(-20);
    expect(levelOf(new Float32Array(100))).toBe(SILENT);
  });

  it('rises at once and falls slowly', () => {
    expect(shownLevel(-50, -10, 0.02)).toBe(-10);
    expect(shownLevel(-10, -50, 0.5)).toBe(-30);
    expect(shownLevel(-59, -60, 5)).toBe(SILENT);
  });

  it('fills the meter between the floor and full scale', () => {
    expect([SILENT, -30, 0, 6].map(meterShare)).toEqual([0, 0.5, 1, 1]);
  });
});
