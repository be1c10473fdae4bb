import type { Suppressed } from '@verbatim/contracts';
import type { DecodeResult } from '../engines/engine.ts';
import { isGuess, isSilence, meanLogProbability, repeatsItself } from '../engines/guards.ts';

/** exp of the mean log-probability of all tokens, the end mark included: 0 to 1. */
export function confidenceOf(result: DecodeResult): number {
  return Math.exp(meanLogProbability(result.logProbabilities));
}

/** Why a result is no text that anyone said; null if it is. */
export function reasonToSuppress(result: DecodeResult): Suppressed['reason'] | null {
  if (!/[\p{L}\p{N}]/u.test(result.text)) return 'empty';
  if (result.truncated || repeatsItself(result.text)) return 'repetition';
  if (isSilence(result)) return 'no_speech';
  // A model that says itself whether anybody speaks is believed: what it then heard badly was said all the same, and is
  // shown with its low confidence (OpenAI whisper/transcribe.py does so, too).
  const tellsSpeech = result.noSpeechProbability !== undefined;
  return !tellsSpeech && isGuess(result.logProbabilities) ? 'low_confidence' : null;
}
