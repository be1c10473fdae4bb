import { readFile } from 'node:fs/promises';
import { AudioNormalizer, readWav } from '@verbatim/audio';
import type { Logger, TranscriberConfig } from '@verbatim/kit';
import {
  type DownloadProgress,
  discardEngine,
  findModel,
  type ModelEntry,
  ModelError,
  prepareEngine,
  SpeechRuntime,
  WARM_UP_CLIP,
  type WarmUp,
} from '@verbatim/speech';

export interface LoadEngineOptions {
  /** A model of the catalogue. */
  readonly model: string;
  readonly cacheDir: string;
  /** A folder with the model's files, in place of any download; or a mirror of the Hugging Face hub. */
  readonly modelSource?: string | undefined;
  /** Decode worker threads. */
  readonly workers: number;
  readonly logger: Pick<Logger, 'warn'>;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** How far the engine's graphs are built, in steps. */
  readonly onBuildProgress?: (done: number, total: number) => void;
  /** Is told, in sentences, what takes time. */
  readonly onNotice?: (sentence: string) => void;
  readonly signal?: AbortSignal;
}

/** An engine that is warm. */
export interface LoadedEngine {
  readonly model: ModelEntry;
  readonly runtime: SpeechRuntime;
  readonly warmUp: WarmUp;
}

/** The settings that shape an engine. */
export type EngineConfig = Pick<
  TranscriberConfig,
  | 'STT_MODEL'
  | 'VERBATIM_CACHE_DIR'
  | 'VERBATIM_MODEL_SOURCE'
  | 'STREAMING_WORKERS'
  | 'MAX_SESSIONS'
  | 'WORKER_CONCURRENCY'
  | 'WHISPER_ACCUMULATION_S'
>;

/** The configuration in the words of loadEngine and of the transcriber. */
export const engineSettings = (config: EngineConfig) => ({
  model: config.STT_MODEL,
  cacheDir: config.VERBATIM_CACHE_DIR,
  modelSource: config.VERBATIM_MODEL_SOURCE,
  workers: config.STREAMING_WORKERS,
  slots: config.MAX_SESSIONS,
  jobSlots: config.WORKER_CONCURRENCY,
  firstPartialMs: config.WHISPER_ACCUMULATION_S === undefined ? undefined : config.WHISPER_ACCUMULATION_S * 1000,
});

/**
 * Fetches the model if need be, loads it and warms it up. Graphs that can't be loaded are built once more, from model
 * files that are known to be right.
 * @throws ModelError with one sentence when the model can't be had; SttError `unknown_model`; the signal's reason when
 *   it aborts.
 */
export async function loadEngine(options: LoadEngineOptions): Promise<LoadedEngine> {
  const { cacheDir, onNotice, signal } = options;
  const model = findModel(options.model);
  try {
    return await loadOnce(model, options);
  } catch (error) {
    if (error instanceof ModelError || signal?.aborted) throw error;
    onNotice?.(`The engine’s graphs of ${model.id} can't be loaded.`);
    await discardEngine(model, cacheDir);
  }
  try {
    return await loadOnce(model, options);
  } catch (error) {
    if (error instanceof ModelError || signal?.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ModelError(`The model ${model.id} can't be loaded on this machine: ${reason}`, { cause: error });
  }
}

async function loadOnce(model: ModelEntry, options: LoadEngineOptions): Promise<LoadedEngine> {
  const { cacheDir, logger, onNotice, onProgress, onBuildProgress, signal } = options;
  const engine = await prepareEngine(model, {
    cacheDir,
    source: options.modelSource,
    onBuild: () => onNotice?.(`Building the engine’s graphs of ${model.id} (once)…`),
    ...(onProgress && { onProgress }),
    ...(onBuildProgress && { onBuildProgress }),
    ...(onNotice && { log: onNotice }),
    ...(signal && { signal }),
  });
  signal?.throwIfAborted();
  const onWarning = (message: string, error: Error) => logger.warn({ err: error }, message);
  const runtime = await SpeechRuntime.start({ engine, workers: options.workers, onWarning });
  try {
    const warmUp = await runtime.warmUp(await readWarmUpClip());
    signal?.throwIfAborted();
    return { model, runtime, warmUp };
  } catch (error) {
    await runtime.close();
    throw error;
  }
}

async function readWarmUpClip(): Promise<Int16Array> {
  const { format, data } = readWav(await readFile(WARM_UP_CLIP));
  return new AudioNormalizer(format).push(data);
}
