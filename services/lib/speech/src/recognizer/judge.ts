import { deflateRawSync } from 'node:zlib';
import type { Suppressed } from '@verbatim/contracts';
import type { DecodeResult } from '../engines/engine.ts';

/**
 * Whisper's own limits (OpenAI whisper/transcribe.py): text that deflates to less than 1/2.4 of its size repeats
 * itself; a mean log-probability under -1 is a guess.
 */
const MAX_COMPRESSION_RATIO = 2.4;
const MIN_MEAN_LOG_PROBABILITY = -1;
/** Deflate needs some text to tell repetition from its own overhead. */
const MIN_JUDGED_CHARACTERS = 32;

/** exp of the mean log-probability of all tokens, the end mark included: 0 to 1. */
export function confidenceOf(result: DecodeResult): number {
  return Math.exp(meanLogProbability(result));
}

function meanLogProbability({ logProbabilities }: DecodeResult): number {
  let sum = 0;
  for (const value of logProbabilities) sum += value;
  return logProbabilities.length === 0 ? 0 : sum / logProbabilities.length;
}

/** Why a result is no text that anyone said; null if it is. */
export function reasonToSuppress(result: DecodeResult): Suppressed['reason'] | null {
  if (!/[\p{L}\p{N}]/u.test(result.text)) return 'empty';
  if (result.truncated || compressionRatio(result.text) > MAX_COMPRESSION_RATIO) return 'repetition';
  return meanLogProbability(result) < MIN_MEAN_LOG_PROBABILITY ? 'low_confidence' : null;
}

function compressionRatio(text: string): number {
  const bytes = Buffer.from(text);
  return bytes.length < MIN_JUDGED_CHARACTERS ? 1 : bytes.length / deflateRawSync(bytes).length;
}
