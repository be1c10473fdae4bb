import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowStarts } from './dynamic-time-warping.ts';

/** The cost of the cheapest path, and of the cheapest with these row starts, by trying all. */
function cheapest(costs: readonly number[][], starts?: ArrayLike<number>): number {
  const from = (row: number, column: number, entered: boolean): number => {
    if (row >= costs.length || column >= (costs[0]?.length ?? 0)) return Number.POSITIVE_INFINITY;
    if (entered && starts !== undefined && starts[row] !== column) return Number.POSITIVE_INFINITY;
    const own = costs[row]?.[column] ?? 0;
    if (row === costs.length - 1 && column === (costs[0]?.length ?? 0) - 1) return own;
    const rest = [from(row, column + 1, false), from(row + 1, column, true), from(row + 1, column + 1, true)];
    return own + Math.min(...rest);
  };
  return from(0, 0, true);
}

const matrix = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 })).chain(([rows, columns]) =>
  fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: columns, maxLength: columns }), {
    minLength: rows,
    maxLength: rows,
  }),
);

describe('the cheapest path through a matrix', () => {
  it('follows the cheap cells', () => {
    const costs = [
      [0, 0, 9, 9, 9, 9],
      [9, 9, 0, 9, 9, 9],
      [9, 9, 9, 0, 0, 0],
    ];
    expect(Array.from(rowStarts(Float32Array.from(costs.flat()), 3, 6))).toEqual([0, 2, 3]);
  });

  it('goes to the next row and column at once where other ways are no cheaper', () => {
    expect(Array.from(rowStarts(new Float32Array(6), 2, 3))).toEqual([0, 2]);
    expect(Array.from(rowStarts(new Float32Array(6), 3, 2))).toEqual([0, 0, 1]);
  });

  it('is none that another one undercuts, and enters its rows in order', () => {
    fc.assert(
      fc.property(matrix, (costs) => {
        const starts = rowStarts(Float32Array.from(costs.flat()), costs.length, costs[0]?.length ?? 0);
        expect(starts[0]).toBe(0);
        expect(starts.every((start, row) => row === 0 || start >= (starts[row - 1] ?? 0))).toBe(true);
        expect(cheapest(costs, starts)).toBe(cheapest(costs));
      }),
    );
  });
});
