const diagonal = 0;
const nextRow = 1;
const nextFrame = 2;

/**
 * Dynamic time warping: the cheapest path from the first row and frame to the last of both, each step going on by a row, by a
 * frame or by both.
 *
 * @param costs [rows, frames]
 * @returns for each row the frame at which the path enters it.
 */
export function alignPath(costs: Float32Array, rows: number, frames: number): Int32Array {
  const steps = new Uint8Array(rows * frames);
  let before = new Float64Array(frames + 1).fill(Number.POSITIVE_INFINITY);
  let now = new Float64Array(frames + 1);
  before[0] = 0;
  for (let row = 0; row < rows; row++) {
    now[0] = Number.POSITIVE_INFINITY;
    for (let frame = 0; frame < frames; frame++) {
      const [both, down, right] = [before[frame]!, before[frame + 1]!, now[frame]!];
      const step = both < down && both < right ? diagonal : down < right ? nextRow : nextFrame;
      steps[row * frames + frame] = step;
      now[frame + 1] = costs[row * frames + frame]! + Math.min(both, down, right);
    }
    [before, now] = [now, before];
    // Only the first row may be begun at the start.
    before[0] = Number.POSITIVE_INFINITY;
  }
  const entered = new Int32Array(rows);
  let row = rows - 1;
  let frame = frames - 1;
  while (row > 0 || frame > 0) {
    const step = row === 0 ? nextFrame : frame === 0 ? nextRow : steps[row * frames + frame]!;
    if (step !== nextFrame) entered[row] = frame;
    if (step !== nextFrame) row--;
    if (step !== nextRow) frame--;
  }
  return entered;
}
