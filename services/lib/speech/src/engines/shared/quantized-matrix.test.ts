import { describe, expect, it } from 'vitest';
import { dequantize, sideBySide, times } from './quantized-matrix.ts';

const left = {
  rows: 2,
  columns: 1,
  values: Uint8Array.of(10, 20),
  scales: Float32Array.of(0.5),
  zeroPoints: Uint8Array.of(10),
};
const right = {
  rows: 2,
  columns: 2,
  values: Uint8Array.of(1, 2, 3, 4),
  scales: Float32Array.of(2, 2),
  zeroPoints: Uint8Array.of(0, 0),
};

describe('quantised matrices', () => {
  it('side by side hold each its own scales and zero points', () => {
    const both = sideBySide([left, right]);
    expect([both.rows, both.columns]).toEqual([2, 3]);
    expect(Array.from(dequantize(both))).toEqual([0, 2, 4, 5, 6, 8]);
  });

  it('are multiplied through their scales', () => {
    expect(Array.from(dequantize(times(right, 0.5)))).toEqual([1, 2, 3, 4]);
  });

  it('of different inputs do not fit side by side', () => {
    expect(() => sideBySide([left, { ...right, rows: 4, columns: 1 }])).toThrow(/2 and 4 rows/);
  });
});
