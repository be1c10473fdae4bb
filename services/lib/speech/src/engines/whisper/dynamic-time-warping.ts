/**
 * Where each row begins on the cheapest path through a matrix of costs, from its first row and column to its last, with
 * steps to the next column, the next row or both (dynamic time warping, as in OpenAI whisper/timing.py). Of equally cheap
 * ways to a cell it takes the one from both, then the one from the row before.
 *
 * @param costs rows × columns.
 * @returns the first column of each row on the path; never less than that of the row before.
 */
export function rowStarts(costs: Float32Array, rows: number, columns: number): Int32Array {
  const moves = cheapestMoves(costs, rows, columns);
  const starts = new Int32Array(rows);
  let row = rows - 1;
  let column = columns - 1;
  while (row >= 0 && column >= 0) {
    starts[row] = column;
    const move = moves[row * columns + column];
    if (move !== fromColumnBefore) row--;
    if (move !== fromRowBefore) column--;
  }
  return starts;
}

const fromBoth = 0;
const fromRowBefore = 1;
const fromColumnBefore = 2;

/** How the cheapest path to each cell comes there. */
function cheapestMoves(costs: Float32Array, rows: number, columns: number): Uint8Array {
  const moves = new Uint8Array(rows * columns);
  // Sums of the row at work, one column to the right; before it is written, a place holds the sum of the row before.
  const sums = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY);
  sums[0] = 0;
  for (let row = 0; row < rows; row++) {
    let both = sums[0] as number;
    let left = Number.POSITIVE_INFINITY;
    sums[0] = left;
    for (let column = 0; column < columns; column++) {
      const up = sums[column + 1] as number;
      const at = row * columns + column;
      let least = both;
      let move = fromBoth;
      if (up < least) {
        least = up;
        move = fromRowBefore;
      }
      if (left < least) {
        least = left;
        move = fromColumnBefore;
      }
      moves[at] = move;
      left = least + (costs[at] as number);
      sums[column + 1] = left;
      both = up;
    }
  }
  return moves;
}
