/** How loud it is, in decibels of full scale. */
export interface Level {
  /** Root mean square: how loud it sounds. */
  readonly rms: number;
  /** The greatest sample: at 0 the sound is cut off. */
  readonly peak: number;
}

/** The quietest sound that the meter shows. */
const FLOOR_DB = -60;
/** How fast the bar and the mark of the peak fall, in decibels a second. */
const RMS_FALL = 40;
const PEAK_FALL = 12;

export const SILENT: Level = { rms: FLOOR_DB, peak: FLOOR_DB };

/** @param block samples from -1 to 1 */
export const levelOf = (block: Float32Array): Level => {
  let sum = 0;
  let peak = 0;
  for (const sample of block) {
    sum += sample * sample;
    peak = Math.max(peak, Math.abs(sample));
  }
  return { rms: decibels(Math.sqrt(sum / Math.max(1, block.length))), peak: decibels(peak) };
};

const decibels = (amplitude: number): number => Math.max(FLOOR_DB, 20 * Math.log10(amplitude));

/** What the meter shows after `seconds` more: it rises at once and falls slowly. */
export const shownLevel = (shown: Level, level: Level, seconds: number): Level => ({
  rms: Math.max(level.rms, shown.rms - RMS_FALL * seconds, FLOOR_DB),
  peak: Math.max(level.peak, shown.peak - PEAK_FALL * seconds, FLOOR_DB),
});

/** Decibels as a share of the meter, 0 to 1. */
export const meterShare = (db: number): number => Math.min(1, Math.max(0, 1 - db / FLOOR_DB));
