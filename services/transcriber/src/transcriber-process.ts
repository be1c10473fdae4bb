import { hostname } from 'node:os';
import { createJetStreamBus } from '@verbatim/bus';
import {
  createMetrics,
  HealthRegistry,
  type Logger,
  natsSettings,
  redisSettings,
  Shutdown,
  type ShutdownResult,
  serveMetrics,
  startTracing,
  storeMetrics,
  type TranscriberConfig,
  watchLink,
} from '@verbatim/kit';
import { createRedisStores, timedStore } from '@verbatim/sessions';
import type { SpeechRuntime } from '@verbatim/speech';
import { reportEngine } from './engine-health.ts';
import { engineSettings, loadEngine } from './load-engine.ts';
import { Transcriber } from './transcriber.ts';
import { countEvents, watchClaims, watchTranscriber } from './transcriber-metrics.ts';

export interface TranscriberHooks {
  /** Metrics and health are served at this port from now on. */
  readonly onListening: (metricsPort: number) => void;
  /** Aborts the start. */
  readonly signal: AbortSignal;
}

/** A transcriber that takes sessions. */
export interface TranscriberProcess {
  readonly model: string;
  /** Live sessions at a time. */
  readonly slots: number;
  readonly metricsPort: number;
  /** Hands live sessions over and closes everything. */
  stop(reason: string): Promise<ShutdownResult>;
}

/** Of the ten seconds that a shutdown may take, what the parts get to close; then they are left to themselves. */
const SHUTDOWN_MS = 8_000;
/** Heartbeats come well inside the ack wait: two of three may be lost or late. */
const HEARTBEATS_PER_ACK_WAIT = 0.3;
/** A session's door may be this much later than its own limits say before it counts as gone. */
const ORPHAN_GRACE_S = 5;

/**
 * Starts a transcriber process: metrics and health at once, then the engine; it takes sessions when NATS and Redis are
 * there, and waits for them as long as it takes.
 * @throws ListenError, ModelError or SttError with one sentence each; the signal's reason when it aborts.
 */
export async function startTranscriberProcess(
  config: TranscriberConfig,
  logger: Logger,
  { onListening, signal }: TranscriberHooks,
): Promise<TranscriberProcess> {
  const shutdown = new Shutdown({ logger, deadlineMs: SHUTDOWN_MS });
  try {
    const metrics = createMetrics();
    const health = new HealthRegistry();
    let runtime: SpeechRuntime | undefined;
    reportEngine(health, () => runtime);
    const tracing = await startTracing('verbatim-transcriber', logger);
    shutdown.add('traces', async () => tracing?.close());
    const watchers = { logger, health, metrics };
    const metricsServer = await serveMetrics(metrics.registry, config.HOST, config.METRICS_PORT, health);
    shutdown.add('metrics', () => metricsServer.close());
    onListening(metricsServer.port);

    // The links come up while the engine loads; a setting that they refuse is known before the model is fetched.
    const owner = `${hostname()}-${process.pid}`;
    const name = `verbatim-transcriber ${owner}`;
    const bus = createJetStreamBus({ ...natsSettings(config), name, onState: watchLink('nats', 'NATS', watchers) });
    shutdown.add('nats', async () => bus[Symbol.asyncDispose]());
    const onRedis = watchLink('redis', 'Redis', watchers);
    const stores = createRedisStores({ ...redisSettings(config), name, onState: onRedis });
    shutdown.add('redis', async () => stores[Symbol.asyncDispose]());
    const linked = Promise.all([bus.ready, stores.ready]);
    // If the start ends before anybody waits for it, its end is no error of its own.
    linked.catch(() => {});

    const { slots, jobSlots, firstPartialMs, ...engine } = engineSettings(config);
    const loaded = await loadEngine({
      ...engine,
      logger,
      onNotice: (sentence) => logger.info(sentence),
      onProgress: reportDownload(logger, engine.model),
      signal,
    });
    runtime = loaded.runtime;
    shutdown.add('engine', () => loaded.runtime.close());
    await unlessAborted(linked, signal);

    const transcriber = Transcriber.start({
      bus,
      store: timedStore(stores.sessions, storeMetrics(metrics)),
      runtime: loaded.runtime,
      model: loaded.model.id,
      slots: slots ?? loaded.runtime.slots(loaded.warmUp),
      jobSlots,
      owner,
      logger,
      heartbeatMs: config.CLAIM_ACK_WAIT_MS * HEARTBEATS_PER_ACK_WAIT,
      orphanMs: (config.SESSION_IDLE_TIMEOUT_S + config.RESUME_WINDOW_S + ORPHAN_GRACE_S) * 1000,
      observer: countEvents(metrics),
      tracing,
      ...(firstPartialMs !== undefined && { firstPartialMs }),
    });
    shutdown.add('sessions', () => transcriber.drain());
    watchTranscriber(metrics, transcriber, loaded.runtime);
    watchClaims(metrics, bus.claims, loaded.model.id);
    health.become('ready');
    return {
      model: loaded.model.id,
      slots: transcriber.slots.size,
      metricsPort: metricsServer.port,
      stop: (reason) => {
        logger.info({ reason }, 'shutting down');
        health.become('draining');
        return shutdown.run();
      },
    };
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}

/** What `promise` gives, or the signal's reason if it aborts before. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  if (signal.aborted) stop();
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** One line when a download begins: its size tells how long it will take. */
function reportDownload(
  logger: Logger,
  model: string,
): (progress: { readonly totalBytes: number | undefined }) => void {
  let told = false;
  return ({ totalBytes }) => {
    if (told) return;
    told = true;
    logger.info({ totalBytes }, `fetching the model ${model}`);
  };
}
