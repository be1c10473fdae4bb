import { type Bus, createMemoryBus } from '@verbatim/bus';
import type { Logger, Tracing } from '@verbatim/kit';
import {
  createMemoryStores,
  type JobStore,
  type SessionStore,
  type StoreObserver,
  timedStore,
} from '@verbatim/sessions';
import {
  type LoadEngineOptions,
  type LoadedEngine,
  loadEngine,
  type SessionObserver,
  Transcriber,
} from '@verbatim/transcriber';

export interface EmbeddedOptions extends LoadEngineOptions {
  /** Live sessions at a time. Default: what the warm-up shows that this machine carries. */
  readonly slots?: number | undefined;
  /** Sessions of files at a time. Default: none. */
  readonly jobSlots?: number;
  /** Where uploads lie. Default: a folder among the system's temporary ones. */
  readonly uploadFolder?: string;
  /** Speech before an utterance's first partial, in milliseconds. Default: as early as is useful. */
  readonly firstPartialMs?: number | undefined;
  readonly logger: Logger;
  readonly observer?: SessionObserver;
  readonly tracing?: Tracing | undefined;
  /** Hears of every call to the session store. */
  readonly storeObserver?: StoreObserver;
}

/** The doors are in this process: none can be gone while its sessions are still here. The longest time of a timer. */
const NEVER_MS = 2 ** 31 - 1;

/** Everything behind the doors, in this process: the bus, the session store, the engine and a transcriber. */
export interface Embedded extends LoadedEngine, AsyncDisposable {
  readonly bus: Bus;
  readonly store: SessionStore;
  readonly jobs: JobStore;
  readonly transcriber: Transcriber;
}

/**
 * Fetches the model if need be, loads it, warms it up and starts to take sessions.
 * @throws ModelError with one sentence when the model can't be had; SttError `unknown_model`.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { logger } = options;
  const loaded = await loadEngine(options);
  const { model, runtime, warmUp } = loaded;
  const { sessions, jobs } = createMemoryStores();
  const store = options.storeObserver === undefined ? sessions : timedStore(sessions, options.storeObserver);
  const { uploadFolder } = options;
  const bus = createMemoryBus({ objects: uploadFolder === undefined ? {} : { folder: uploadFolder } });
  const transcriber = Transcriber.start({
    bus,
    store,
    runtime,
    model: model.id,
    slots: options.slots ?? runtime.slots(warmUp),
    jobSlots: options.jobSlots ?? 0,
    owner: `standalone-${process.pid}`,
    logger,
    tracing: options.tracing,
    orphanMs: NEVER_MS,
    ...(options.firstPartialMs !== undefined && { firstPartialMs: options.firstPartialMs }),
    ...(options.observer && { observer: options.observer }),
  });
  return {
    ...loaded,
    bus,
    store,
    jobs,
    transcriber,
    async [Symbol.asyncDispose]() {
      await transcriber.drain();
      await runtime.close();
      await bus[Symbol.asyncDispose]();
    },
  };
}
