import { type Bus, createMemoryBus } from '@verbatim/bus';
import type { Logger } from '@verbatim/kit';
import { createMemorySessionStore, type SessionStore } from '@verbatim/sessions';
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
  /** Speech before an utterance's first partial, in milliseconds. Default: as early as is useful. */
  readonly firstPartialMs?: number | undefined;
  readonly logger: Logger;
  readonly observer?: SessionObserver;
}

/** The doors are in this process: none can be gone while its sessions are still here. The longest time of a timer. */
const NEVER_MS = 2 ** 31 - 1;

/** Everything behind the doors, in this process: the bus, the session store, the engine and a transcriber. */
export interface Embedded extends LoadedEngine, AsyncDisposable {
  readonly bus: Bus;
  readonly store: SessionStore;
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
  const store = createMemorySessionStore();
  const bus = createMemoryBus();
  const transcriber = Transcriber.start({
    bus,
    store,
    runtime,
    model: model.id,
    slots: options.slots ?? runtime.slots(warmUp),
    owner: `standalone-${process.pid}`,
    logger,
    orphanMs: NEVER_MS,
    ...(options.firstPartialMs !== undefined && { firstPartialMs: options.firstPartialMs }),
    ...(options.observer && { observer: options.observer }),
  });
  return {
    ...loaded,
    bus,
    store,
    transcriber,
    async [Symbol.asyncDispose]() {
      await transcriber.drain();
      await runtime.close();
      await bus[Symbol.asyncDispose]();
    },
  };
}
