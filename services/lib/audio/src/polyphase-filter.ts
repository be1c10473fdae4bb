import { SAMPLE_RATE } from '@verbatim/contracts';

/** Design figure for the stop band in decibels; 60 are promised. */
const STOP_BAND_DB = 70;
/** The pass band ends at this part of the lower Nyquist frequency, the stop band begins at the whole of it. */
const PASS_BAND_END = 0.9;
/** Ratios with more phases than this (11.025 kHz has 640) get a table of fewer phases, with blending between two. */
const MAX_EXACT_PHASES = 640;
/** Blending two of 256 phases linearly errs by less than (omega h)^2 / 8, which is -95 dB at the highest frequency. */
const BLENDED_PHASES = 256;
/** Tables of the rates used last are kept; a table takes at most about 1.3 MB. */
const CACHED_RATES = 16;

/**
 * A low-pass filter sampled at `phases` sub-sample offsets. Tap `j` of phase `p` weighs the input sample
 * `j - (tapsPerPhase / 2 - 1)` steps after the one at or before the output's place, `p / phases` of a step past it.
 */
export interface PolyphaseFilter {
  /** A multiple of 4. */
  readonly tapsPerPhase: number;
  readonly phases: number;
  /** Phase by phase; one more phase than `phases` at the end, equal to phase 0 moved by a sample, for blending. */
  readonly taps: Float64Array;
  /** Whether outputs lie exactly on phases, or between two of them. */
  readonly exact: boolean;
}

const cache = new Map<number, PolyphaseFilter>();

/** The filter from `rate` (hertz) to 16 kHz. */
export const polyphaseFilterFor = (rate: number): PolyphaseFilter => {
  const filter = cache.get(rate) ?? design(rate);
  cache.delete(rate);
  cache.set(rate, filter);
  if (cache.size > CACHED_RATES) cache.delete(cache.keys().next().value ?? rate);
  return filter;
};

export const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

/**
 * Windowed sinc with a Kaiser window: length and shape by Kaiser's formulas (J. F. Kaiser, "Nonrecursive digital filter
 * design using the I0-sinh window function", ISCAS 1974; Oppenheim and Schafer, "Discrete-Time Signal Processing", 7.5.3).
 * Each phase is scaled to a sum of 1, so that a constant stays the same constant.
 */
const design = (rate: number): PolyphaseFilter => {
  const exactPhases = SAMPLE_RATE / greatestCommonDivisor(rate, SAMPLE_RATE);
  const exact = exactPhases <= MAX_EXACT_PHASES;
  const phases = exact ? exactPhases : BLENDED_PHASES;
  const nyquist = Math.min(rate, SAMPLE_RATE) / 2 / rate;
  const transition = (1 - PASS_BAND_END) * nyquist;
  const cutoff = nyquist - transition / 2;
  const tapsPerPhase = 4 * Math.ceil((STOP_BAND_DB - 7.95) / (14.36 * transition) / 4);
  const beta = 0.1102 * (STOP_BAND_DB - 8.7);
  const half = tapsPerPhase / 2;
  const taps = new Float64Array((phases + 1) * tapsPerPhase);
  for (let phase = 0; phase <= phases; phase++) {
    const row = taps.subarray(phase * tapsPerPhase, (phase + 1) * tapsPerPhase);
    for (let tap = 0; tap < tapsPerPhase; tap++) {
      const distance = tap - (half - 1) - phase / phases;
      row[tap] = sinc(2 * cutoff * distance) * kaiser(distance / half, beta);
    }
    const sum = row.reduce((total, weight) => total + weight, 0);
    for (let tap = 0; tap < tapsPerPhase; tap++) row[tap]! /= sum;
  }
  return { tapsPerPhase, phases, taps, exact };
};

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

const kaiser = (x: number, beta: number): number =>
  Math.abs(x) > 1 ? 0 : besselI0(beta * Math.sqrt(1 - x * x)) / besselI0(beta);

/** Modified Bessel function of the first kind and order zero, by its power series. */
const besselI0 = (x: number): number => {
  let sum = 1;
  for (let k = 1, term = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
};
