/** The quietest sound that the meter shows. */
const FLOOR_DB = -60;
/** How fast the needle falls, in decibels a second. */
const FALL_DB = 40;

/** Root mean square of samples from -1 to 1, in decibels of full scale. */
export const levelOf = (block: Float32Array): number => {
  let sum = 0;
  for (const sample of block) sum += sample * sample;
  return Math.max(FLOOR_DB, 10 * Math.log10(sum / Math.max(1, block.length) + 1e-12));
};

/** What the meter shows after `seconds` more: it rises at once and falls slowly. */
export const shownLevel = (shown: number, level: number, seconds: number): number =>
  Math.max(level, shown - FALL_DB * seconds, FLOOR_DB);

/** A level as a share of the meter, 0 to 1. */
export const meterShare = (db: number): number => Math.min(1, Math.max(0, 1 - db / FLOOR_DB));

export const SILENT = FLOOR_DB;
