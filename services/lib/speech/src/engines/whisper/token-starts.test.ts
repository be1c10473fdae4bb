import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rowStarts } from './dynamic-time-warping.ts';
import { tokenStarts } from './token-starts.ts';

/** The same by the formulas, as slow as they are plain: heads × rows × frames in, costs by row out. */
function plainCosts(heads: number[][][], leadRows: number, used: number): number[][] {
  const smoothed = heads.map((rows) => {
    const cut = rows.map((row) => row.slice(0, used));
    const scaled = cut.map((row) => row.map((weight) => weight / row.reduce((sum, other) => sum + other, 0)));
    const standard = scaled.map((row) =>
      row.map((weight, frame) => {
        const column = scaled.map((other) => other[frame] ?? 0);
        const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
        return (weight - mean) / Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length);
      }),
    );
    return standard.slice(leadRows).map(medians);
  });
  return (smoothed[0] ?? []).map((row, token) =>
    row.map((_, frame) => -smoothed.reduce((sum, rows) => sum + (rows[token]?.[frame] ?? 0), 0)),
  );
}

function medians(row: number[]): number[] {
  if (row.length <= 3) return row;
  const padded = [...row.slice(1, 4).reverse(), ...row, ...row.slice(-4, -1).reverse()];
  return row.map((_, at) => padded.slice(at, at + 7).sort((left, right) => left - right)[3] ?? 0);
}

const anyShape = fc.record({
  heads: fc.integer({ min: 1, max: 3 }),
  leadRows: fc.integer({ min: 0, max: 2 }),
  // Two values lie as far from their mean as each other, at every frame: too many paths would cost the same.
  tokens: fc.integer({ min: 3, max: 6 }),
  used: fc.integer({ min: 1, max: 30 }),
  padding: fc.integer({ min: 0, max: 5 }),
  seed: fc.integer(),
});

it('tokens start where the cheapest path by the plain formulas enters them', () => {
  fc.assert(
    fc.property(anyShape, ({ heads, leadRows, tokens, used, padding, seed }) => {
      const rows = leadRows + tokens;
      const frames = used + padding;
      const weights = Float32Array.from({ length: heads * rows * frames }, (_, at) => scattered(seed, at));
      const values = Array.from({ length: heads }, (_, head) =>
        Array.from({ length: rows }, (_, row) => {
          const from = (head * rows + row) * frames;
          return Array.from(weights.subarray(from, from + frames));
        }),
      );
      const costs = Float32Array.from(plainCosts(values, leadRows, used).flat());
      const starts = tokenStarts({ weights, heads, rows, leadRows, frames }, used);
      expect(starts).toEqual(rowStarts(costs, tokens, used));
    }),
  );
});

/** Numbers above 0 without any order. */
function scattered(seed: number, at: number): number {
  const value = Math.sin((seed % 1000) + at * 12.9898) * 43_758.5453;
  return value - Math.floor(value) + 0.001;
}
