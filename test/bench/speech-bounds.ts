import { SAMPLE_RATE, type Samples } from '@verbatim/contracts';
import { quantile } from './statistics.ts';

/** Where speech truly starts and ends in a recording; `end` is the first sample after it. */
export interface SpeechBounds {
  readonly start: Samples;
  readonly end: Samples;
}

/** The definition below in one sentence, for the reader of a result. */
export const SPEECH_BOUNDS_RULE =
  'true speech start and end: first and last run of 3 or more 10 ms frames whose level is within 25 dB of the clip’s ' +
  '95th percentile level and at least a quarter of the way (in dB) from its 5th percentile up to it';

const FRAME: Samples = SAMPLE_RATE / 100;
const MIN_RUN_FRAMES = 3;
/** What listeners plainly hear as speech. */
const BELOW_LOUD_DB = 25;
/** Takes in the last echo and breath of a word: for a second opinion on when speech ended. */
export const FAINT_BELOW_LOUD_DB = 35;
const ABOVE_FLOOR_SHARE = 0.25;

/**
 * Speech bounds from energy alone, so that they owe nothing to the detector under test. A frame is speech within 25 dB
 * of the clip's loud frames (weak consonants lie 15 to 25 dB under vowels; room noise in these recordings 35 to 60 dB),
 * or, where the noise is nearer than that, a quarter of the way from noise to loud; shorter bursts than 30 ms are clicks.
 * A last consonant that is weaker than this is counted as silence: latency is then overstated, never understated.
 * Null for a clip without such a run.
 */
export function speechBounds(pcm16: Int16Array, belowLoudDb = BELOW_LOUD_DB): SpeechBounds | null {
  const levels = frameLevels(pcm16);
  const loud = quantile(levels, 0.95);
  const floor = quantile(levels, 0.05);
  if (loud === null || floor === null) return null;
  const threshold = Math.max(loud - belowLoudDb, floor + ABOVE_FLOOR_SHARE * (loud - floor));
  const runs = runsOf(levels.map((level) => level >= threshold && level > 0)).filter(
    ({ from, to }) => to - from >= MIN_RUN_FRAMES,
  );
  const first = runs.at(0);
  const last = runs.at(-1);
  return first && last ? { start: first.from * FRAME, end: last.to * FRAME } : null;
}

/** Mean power of each whole frame, in dB over one step of 16-bit audio. */
function frameLevels(pcm16: Int16Array): number[] {
  const frames = Math.floor(pcm16.length / FRAME);
  return Array.from({ length: frames }, (_, frame) => {
    let power = 0;
    for (const sample of pcm16.subarray(frame * FRAME, (frame + 1) * FRAME)) power += sample * sample;
    return 10 * Math.log10(power / FRAME + 1);
  });
}

/** Stretches of true values; `to` is the first index after one. */
function runsOf(flags: readonly boolean[]): { readonly from: number; readonly to: number }[] {
  const runs: { from: number; to: number }[] = [];
  for (const [index, flag] of flags.entries()) {
    if (!flag) continue;
    const open = runs.at(-1);
    if (open?.to === index) open.to = index + 1;
    else runs.push({ from: index, to: index + 1 });
  }
  return runs;
}
