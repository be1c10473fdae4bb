import { describe, expect, it } from 'vitest';
import { ALAW_TABLE, MULAW_TABLE } from './g711.ts';

const asInt16 = (table: Float32Array): number[] => [...table].map((value) => value * 32_768);

describe('G.711', () => {
  it.each([
    [0x00, -32_124],
    [0x80, 32_124],
    [0x0f, -16_764],
    [0x8f, 16_764],
    [0x10, -15_996],
    [0x70, -120],
    [0xf0, 120],
    [0xfe, 8],
    [0x7e, -8],
    [0xff, 0],
  ])('decodes mu-law code %i as the recommendation says', (code, value) => {
    expect(asInt16(MULAW_TABLE)[code]).toBe(value);
  });

  it.each([
    [0xd5, 8],
    [0x55, -8],
    [0xaa, 32_256],
    [0x2a, -32_256],
    [0xa5, 16_896],
    [0xc5, 264],
    [0x45, -264],
    [0x80, 5_504],
  ])('decodes A-law code %i as the recommendation says', (code, value) => {
    expect(asInt16(ALAW_TABLE)[code]).toBe(value);
  });

  it.each([
    ['mu-law', MULAW_TABLE, 255],
    ['A-law', ALAW_TABLE, 256],
  ] as const)(
    'uses every %s code: symmetric values, steps that double from segment to segment',
    (_, table, distinct) => {
      const values = [...new Set(asInt16(table).map((value) => value + 0))].sort((a, b) => a - b);
      expect(values).toHaveLength(distinct);
      expect(values.map((value) => 0 - value).reverse()).toEqual(values);
      const steps = new Set(values.slice(1).map((value, i) => value - values[i]!));
      for (const step of [16, 32, 64, 128, 256, 512, 1_024]) expect(steps).toContain(step);
    },
  );
});
