import { rowStarts } from './dynamic-time-warping.ts';

/** Cross-attention of the alignment heads: how much the decoder looked at each frame of audio, by head and token. */
export interface TokenAttention {
  /** heads × rows × frames, after softmax over the frames. */
  readonly weights: Float32Array;
  readonly heads: number;
  readonly rows: number;
  /** Rows before the first token's: they count for what is usual, and are then left out. */
  readonly leadRows: number;
  readonly frames: number;
}

/** OpenAI whisper/timing.py. */
const medianWidth = 7;

/**
 * The frame in which the token of each row after the lead begins, by the way of OpenAI whisper/timing.py (`find_alignment`): attention to
 * frames of audio only, in units of its spread over the tokens, smoothed over time, averaged over heads, and the path
 * through it that looks at most.
 *
 * @param used frames that hold audio; what the decoder saw after it is left out.
 */
export function tokenStarts(attention: TokenAttention, used: number): Int32Array {
  const { heads, rows, leadRows } = attention;
  const tokens = rows - leadRows;
  const costs = new Float32Array(tokens * used);
  for (let head = 0; head < heads; head++) {
    const matrix = usedWeights(attention, head, used);
    standardize(matrix, rows, used);
    for (let token = 0; token < tokens; token++) {
      const row = leadRows + token;
      const line = matrix.subarray(row * used, (row + 1) * used);
      subtractMedians(line, costs.subarray(token * used, (token + 1) * used));
    }
  }
  return rowStarts(costs, tokens, used);
}

/** One head's weights, rows × used; each row sums to 1 again, as if nothing else had been there to look at. */
function usedWeights({ weights, rows, frames }: TokenAttention, head: number, used: number): Float32Array {
  const matrix = new Float32Array(rows * used);
  for (let row = 0; row < rows; row++) {
    const from = (head * rows + row) * frames;
    const line = weights.subarray(from, from + used);
    let sum = 0;
    for (const weight of line) sum += weight;
    const scale = sum > 0 ? 1 / sum : 0;
    for (let frame = 0; frame < used; frame++) matrix[row * used + frame] = (line[frame] as number) * scale;
  }
  return matrix;
}

/** Takes from each value its column's mean, and divides it by its column's standard deviation; a column of one value is 0. */
function standardize(matrix: Float32Array, rows: number, columns: number): void {
  const means = new Float64Array(columns);
  const deviations = new Float64Array(columns);
  for (let at = 0, column = 0; at < matrix.length; at++, column = column + 1 === columns ? 0 : column + 1) {
    means[column] = (means[column] as number) + (matrix[at] as number) / rows;
  }
  for (let at = 0, column = 0; at < matrix.length; at++, column = column + 1 === columns ? 0 : column + 1) {
    deviations[column] = (deviations[column] as number) + ((matrix[at] as number) - (means[column] as number)) ** 2;
  }
  for (let column = 0; column < columns; column++) {
    deviations[column] = Math.sqrt((deviations[column] as number) / rows) || Number.POSITIVE_INFINITY;
  }
  for (let at = 0, column = 0; at < matrix.length; at++, column = column + 1 === columns ? 0 : column + 1) {
    matrix[at] = ((matrix[at] as number) - (means[column] as number)) / (deviations[column] as number);
  }
}

/** Takes from each value of `target` the median of the seven values around its place in `line`, mirrored at both ends. */
function subtractMedians(line: Float32Array, target: Float32Array): void {
  const half = medianWidth >> 1;
  const { length } = line;
  // As OpenAI does: what is too short to be mirrored stays as it is.
  const wide = length > half;
  const padded = wide ? mirrorEnds(line, half) : line;
  const sorted = padded.slice(0, medianWidth).sort();
  for (let at = 0; at < length; at++) {
    if (wide && at > 0) replaceSorted(sorted, padded[at - 1] as number, padded[at + medianWidth - 1] as number);
    target[at] = (target[at] as number) - ((wide ? sorted[half] : line[at]) as number);
  }
}

/** The line with `width` more values at both ends, mirrored at the first and the last. */
function mirrorEnds(line: Float32Array, width: number): Float32Array {
  const { length } = line;
  const padded = new Float32Array(length + 2 * width);
  padded.set(line, width);
  for (let away = 1; away <= width; away++) {
    padded[width - away] = line[away] as number;
    padded[width + length - 1 + away] = line[length - 1 - away] as number;
  }
  return padded;
}

/** Puts `arriving` in the place of `leaving`, which is in the sorted values, and moves it to where it belongs. */
function replaceSorted(sorted: Float32Array, leaving: number, arriving: number): void {
  let at = 0;
  while (at < medianWidth - 1 && sorted[at] !== leaving) at++;
  for (; at > 0 && (sorted[at - 1] as number) > arriving; at--) sorted[at] = sorted[at - 1] as number;
  for (; at < medianWidth - 1 && (sorted[at + 1] as number) < arriving; at++) sorted[at] = sorted[at + 1] as number;
  sorted[at] = arriving;
}
