import { hostname } from 'node:os';
import { createJetStreamBus } from '@verbatim/bus';
import { systemClock } from '@verbatim/contracts';
import {
  createMetrics,
  createSpool,
  HealthRegistry,
  type Logger,
  type MediaConfig,
  natsSettings,
  redisSettings,
  Shutdown,
  type ShutdownResult,
  serveMetrics,
  storeMetrics,
  watchLink,
} from '@verbatim/kit';
import { createRedisStores, timedStore } from '@verbatim/sessions';
import { findMediaTools } from './decode/index.ts';
import { MediaWorker } from './jobs/media-worker.ts';
import { openUpload } from './jobs/open-upload.ts';
import { reportMedia } from './media-health.ts';
import { countJobs, watchMedia } from './media-metrics.ts';
import { decodeLimits, webhookSender } from './media-settings.ts';

/** A media process that takes jobs. */
export interface MediaProcess {
  /** Files at a time. */
  readonly slots: number;
  /** Health and metrics. */
  readonly port: number;
  /** Resolves when NATS and Redis are there for the first time: jobs are taken from now on. */
  readonly ready: Promise<void>;
  /** Hands jobs over and closes everything. */
  stop(reason: string): Promise<ShutdownResult>;
}

const SHUTDOWN_MS = 8_000;
/** Heartbeats come well inside the ack wait: two of three may be lost or late. */
const HEARTBEATS_PER_ACK_WAIT = 0.3;

/**
 * Starts a media process: health and metrics at once; it takes jobs when NATS and Redis are there, and waits for them as
 * long as it takes.
 * @throws ListenError or SttError with one sentence each.
 */
export async function startMediaProcess(config: MediaConfig, logger: Logger): Promise<MediaProcess> {
  const shutdown = new Shutdown({ logger, deadlineMs: SHUTDOWN_MS });
  try {
    const metrics = createMetrics();
    const health = new HealthRegistry();
    const watchers = { logger, health, metrics };
    const server = await serveMetrics(metrics.registry, config.HOST, config.PORT, health, 'PORT');
    shutdown.add('metrics', () => server.close());

    const spool = await createSpool(config.SPOOL_DIR);
    shutdown.add('spool', async () => spool[Symbol.asyncDispose]());
    const tools = findMediaTools(process.env.PATH);
    reportMedia(health, { tools, spool });

    const owner = `${hostname()}-${process.pid}`;
    const name = `verbatim-media ${owner}`;
    const bus = createJetStreamBus({ ...natsSettings(config), name, onState: watchLink('nats', 'NATS', watchers) });
    shutdown.add('nats', async () => bus[Symbol.asyncDispose]());
    const onRedis = watchLink('redis', 'Redis', watchers);
    const stores = createRedisStores({ ...redisSettings(config), name, onState: onRedis });
    shutdown.add('redis', async () => stores[Symbol.asyncDispose]());

    const limits = decodeLimits(config);
    const worker = MediaWorker.start({
      bus,
      jobs: stores.jobs,
      sessions: timedStore(stores.sessions, storeMetrics(metrics)),
      open: (job, signal) => openUpload(job, { objects: bus.objects, spool, tools, limits }, signal),
      owner,
      clock: systemClock,
      heartbeatMs: config.CLAIM_ACK_WAIT_MS * HEARTBEATS_PER_ACK_WAIT,
      logger,
      slots: config.MEDIA_CONCURRENCY,
      webhooks: webhookSender(config),
      observer: countJobs(metrics),
    });
    shutdown.add('jobs', () => worker.drain());
    watchMedia(metrics, worker);
    const ready = Promise.all([bus.ready, stores.ready]).then(() => health.become('ready'));
    // Whoever stops before does not wait for it; its end is no error then.
    ready.catch(() => {});
    return {
      slots: worker.slots.size,
      port: server.port,
      ready,
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
