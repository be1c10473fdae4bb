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

/** The matrix times a number: only its scales change. */
export function times(matrix: QuantizedMatrix, factor: number): QuantizedMatrix {
  return { ...matrix, scales: matrix.scales.map((scale) => scale * factor) };
}

/** The weights as floats, rows × columns. */
export function dequantize(matrix: QuantizedMatrix): Float32Array {
  return Float32Array.from(matrix.values, (value, index) => {
    const column = index % matrix.columns;
    return (value - (matrix.zeroPoints[column] ?? 0)) * (matrix.scales[column] ?? 0);
  });
}
