import { deflateRawSync } from 'node:zlib';

/**
 * Whisper's own limits (OpenAI whisper/transcribe.py): text that deflates to less than 1/2.4 of its size repeats itself; a mean
 * log-probability under -1 is a guess; a guess that the model holds to be no speech with more than 0.6 is none.
 */
const maxCompressionRatio = 2.4;
const minMeanLogProbability = -1;
const maxNoSpeechProbability = 0.6;
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
export const isSilence = (result: {
  readonly logProbabilities: Iterable<number>;
  readonly noSpeechProbability?: number;
}): boolean => (result.noSpeechProbability ?? 0) > maxNoSpeechProbability && isGuess(result.logProbabilities);
