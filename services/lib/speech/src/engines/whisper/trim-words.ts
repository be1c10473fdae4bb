import type { DecodedWord } from '../engine.ts';

/** Levels are taken every 10 ms. */
const stepSamples = 160;
/** Weak consonants lie up to 25 dB under the loudest vowel of their word. */
const belowPeakDb = 25;

/**
 * Takes the silence at its ends out of each word: alignment gives a pause to the words beside it. A word keeps at least one
 * step, and words stay in order.
 */
export function trimWords(words: readonly DecodedWord[], audio: Float32Array): DecodedWord[] {
  const levels = levelsOf(audio);
  return words.map((word) => {
    const first = Math.floor(word.start / stepSamples);
    const last = Math.min(levels.length, Math.ceil(word.end / stepSamples));
    let peak = Number.NEGATIVE_INFINITY;
    for (let step = first; step < last; step++) peak = Math.max(peak, levels[step]!);
    const heard = (step: number): boolean => levels[step]! >= peak - belowPeakDb;
    let from = first;
    while (from < last - 1 && !heard(from)) from++;
    let to = last;
    while (to > from + 1 && !heard(to - 1)) to--;
    return {
      ...word,
      start: Math.max(word.start, from * stepSamples),
      end: Math.min(word.end, to * stepSamples),
    };
  });
}

/** Mean power of each step, in dB. */
function levelsOf(audio: Float32Array): Float32Array {
  const levels = new Float32Array(Math.ceil(audio.length / stepSamples));
  for (let step = 0; step < levels.length; step++) {
    let power = 0;
    const samples = audio.subarray(step * stepSamples, (step + 1) * stepSamples);
    for (const sample of samples) power += sample * sample;
    levels[step] = 10 * Math.log10(power / stepSamples + 1e-10);
  }
  return levels;
}
