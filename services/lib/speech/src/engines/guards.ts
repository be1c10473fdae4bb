import { deflateRawSync } from 'node:zlib';

/**
 * Whisper's own limits (OpenAI whisper/transcribe.py): text that deflates to less than 1/2.4 of its size repeats itself; a mean
 * log-probability under -1 is a guess.
 */
const maxCompressionRatio = 2.4;
const minMeanLogProbability = -1;

/**
 * A result is no speech if the model thinks so with more than the first number and is less sure of its words than the second.
 * OpenAI's pair alone (0.6, -1) lets whisper-base say "you" to silence and tones. Measured with it: silence, noise, tones and
 * chords of 0.4 to 10 s have 0.85 to 0.95, and -0.6 or less; of 30 clips of speech up to 4 s the closest are at 0.87 and -0.2,
 * and at 0.78 and -0.7.
 */
const silences = [
  { noSpeech: 0.6, logProbability: -1 },
  { noSpeech: 0.8, logProbability: -0.5 },
] as const;
/** Deflate needs some text to tell repetition from its own overhead. */
const minJudgedCharacters = 32;

/** Of all tokens, the end mark included; 0 where there are none. */
export function meanLogProbability(logProbabilities: Iterable<number>): number {
  let sum = 0;
  let count = 0;
  for (const value of logProbabilities) {
    sum += value;
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

export function repeatsItself(text: string): boolean {
  const bytes = Buffer.from(text);
  return bytes.length >= minJudgedCharacters && bytes.length / deflateRawSync(bytes).length > maxCompressionRatio;
}

export const isGuess = (logProbabilities: Iterable<number>): boolean =>
  meanLogProbability(logProbabilities) < minMeanLogProbability;

/** Whether the model says itself that nobody speaks, and is not sure of what it heard either. */
export function isSilence({
  logProbabilities,
  noSpeechProbability = 0,
}: {
  readonly logProbabilities: Iterable<number>;
  readonly noSpeechProbability?: number;
}): boolean {
  const mean = meanLogProbability(logProbabilities);
  return silences.some(({ noSpeech, logProbability }) => noSpeechProbability > noSpeech && mean < logProbability);
}
