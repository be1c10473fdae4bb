/**
 * An 8-bit weight matrix of `rows` inputs and `columns` outputs: weight = scale × (value - zero point), with a scale and
 * a zero point for each column.
 */
export interface QuantizedMatrix {
  readonly rows: number;
  readonly columns: number;
  /** rows × columns, row-major. */
  readonly values: Uint8Array;
  readonly scales: Float32Array;
  readonly zeroPoints: Uint8Array;
}

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

/**
 * A linear layer's weights, `outputs` × `inputs`, in steps of 1/127 of each output's largest: even on both sides of zero.
 * The result is `inputs` × `outputs`.
 */
export function quantizeColumns(layer: {
  readonly inputs: number;
  readonly outputs: number;
  readonly values: Float32Array;
}): QuantizedMatrix {
  const { inputs, outputs, values: source } = layer;
  const values = new Uint8Array(inputs * outputs);
  const scales = new Float32Array(outputs);
  for (let output = 0; output < outputs; output++) {
    const row = source.subarray(output * inputs, (output + 1) * inputs);
    let largest = 1e-8;
    for (const weight of row) largest = Math.max(largest, Math.abs(weight));
    const scale = largest / 127;
    scales[output] = scale;
    for (let input = 0; input < inputs; input++)
      values[input * outputs + output] = Math.round(row[input]! / scale) + 128;
  }
  return { rows: inputs, columns: outputs, values, scales, zeroPoints: new Uint8Array(outputs).fill(128) };
}
