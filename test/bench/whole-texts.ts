import { SESSION_LIMITS } from '@verbatim/contracts';
import { findModel, prepareEngine, SpeechRuntime } from '@verbatim/speech';
import type { BenchContext } from './context.ts';

/** The longest audio that an engine has to decode in one piece: the longest utterance that a session may ask for. */
export const LONGEST_WHOLE_SECONDS = SESSION_LIMITS.maxUtteranceMs.max / 1000;

/**
 * The texts of whole clips, decoded one by one by the same engine without a server, voice detection or partials; null
 * for clips that are longer than any utterance.
 */
export async function wholeTexts({ config, corpus, note, signal }: BenchContext): Promise<(string | null)[]> {
  const engine = await prepareEngine(findModel(config.STT_MODEL), {
    cacheDir: config.VERBATIM_CACHE_DIR,
    source: config.VERBATIM_MODEL_SOURCE,
    signal,
  });
  await using runtime = await SpeechRuntime.start({ engine, workers: 1, onWarning: note });
  const texts: (string | null)[] = [];
  for (const { pcm16, seconds } of corpus.clips) {
    signal.throwIfAborted();
    texts.push(seconds > LONGEST_WHOLE_SECONDS ? null : (await runtime.decode(pcm16)).text);
  }
  return texts;
}
