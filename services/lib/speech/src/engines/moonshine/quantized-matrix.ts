import type { QuantizedMatrix } from './shipped-weights.ts';

/** Matrices of the same input, side by side: one product gives all their outputs. */
export function sideBySide(matrices: readonly QuantizedMatrix[]): QuantizedMatrix {
  const rows = matrices[0]?.rows ?? 0;
  const columns = matrices.reduce((sum, matrix) => sum + matrix.columns, 0);
  const values = new Uint8Array(rows * columns);
  const scales = new Float32Array(columns);
  const zeroPoints = new Uint8Array(columns);
  let start = 0;
  for (const matrix of matrices) {
    if (matrix.rows !== rows) throw new Error(`matrices of ${rows} and ${matrix.rows} rows do not fit side by side`);
    for (let row = 0; row < rows; row++) {
      const from = row * matrix.columns;
      values.set(matrix.values.subarray(from, from + matrix.columns), row * columns + start);
    }
    scales.set(matrix.scales, start);
    zeroPoints.set(matrix.zeroPoints, start);
    start += matrix.columns;
  }
  return { rows, columns, values, scales, zeroPoints };
}

/** Widens each of `heads` groups of columns from `from` to `to` columns; the new ones are zero. */
export function padHeadColumns(matrix: QuantizedMatrix, heads: number, from: number, to: number): QuantizedMatrix {
  const columns = heads * to;
  const source = (column: number): number | undefined =>
    column % to < from ? Math.floor(column / to) * from + (column % to) : undefined;
  const values = new Uint8Array(matrix.rows * columns);
  const scales = new Float32Array(columns);
  const zeroPoints = new Uint8Array(columns);
  for (let column = 0; column < columns; column++) {
    const old = source(column);
    scales[column] = matrix.scales[old ?? 0] ?? 0;
    zeroPoints[column] = matrix.zeroPoints[old ?? 0] ?? 0;
    for (let row = 0; row < matrix.rows; row++) {
      const value = old === undefined ? zeroPoints[column] : matrix.values[row * matrix.columns + old];
      values[row * columns + column] = value ?? 0;
    }
  }
  return { rows: matrix.rows, columns, values, scales, zeroPoints };
}

/** Widens each of `heads` groups of rows from `from` to `to` rows; the new ones are zero. */
export function padHeadRows(matrix: QuantizedMatrix, heads: number, from: number, to: number): QuantizedMatrix {
  const rows = heads * to;
  const values = new Uint8Array(rows * matrix.columns);
  for (let row = 0; row < rows; row++) {
    const old = row % to < from ? Math.floor(row / to) * from + (row % to) : undefined;
    const target = values.subarray(row * matrix.columns, (row + 1) * matrix.columns);
    target.set(
      old === undefined ? matrix.zeroPoints : matrix.values.subarray(old * matrix.columns, (old + 1) * matrix.columns),
    );
  }
  return { ...matrix, rows, values };
}

/** The weights as floats, rows × columns. */
export function dequantize(matrix: QuantizedMatrix): Float32Array {
  return Float32Array.from(matrix.values, (value, index) => {
    const column = index % matrix.columns;
    return (value - (matrix.zeroPoints[column] ?? 0)) * (matrix.scales[column] ?? 0);
  });
}
