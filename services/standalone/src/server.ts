import {
  adminAccess,
  consoleFolder,
  countSessions,
  countUploads,
  createIngress,
  type Ingress,
  isLocalAddress,
  jobSettings,
  watchSessions,
  webhookCheck,
} from '@verbatim/ingress';
import {
  createMetrics,
  createSpool,
  HealthRegistry,
  type Logger,
  type MetricsServer,
  Shutdown,
  type ShutdownResult,
  type StandaloneConfig,
  serveMetrics,
  startTracing,
  storeMetrics,
} from '@verbatim/kit';
import { findMediaTools, hasFfmpeg, reportMedia } from '@verbatim/media';
import type { DownloadProgress } from '@verbatim/speech';
import { countEvents, engineSettings, reportEngine, watchClaims, watchTranscriber } from '@verbatim/transcriber';
import { type Embedded, startEmbedded } from './embedded.ts';
import { sessionDeps } from './live-settings.ts';
import { startMediaWorker } from './media.ts';

export interface ServerHooks {
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** How far the engine's graphs are built, in steps. */
  readonly onBuildProgress?: (done: number, total: number) => void;
  /** Is told, in sentences, what takes time. */
  readonly onNotice?: (sentence: string) => void;
  /** Aborts the start. */
  readonly signal?: AbortSignal;
}

/** The whole product in one process, listening. */
export interface StandaloneServer {
  readonly embedded: Embedded;
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly metricsPort: number;
  /** Flushes live sessions and closes everything within two seconds. */
  stop(reason: string): Promise<ShutdownResult>;
}

/** Of the two seconds for a shutdown, what live sessions get for their last words. */
const DRAIN_MS = 1_200;

/**
 * Starts everything: the engine first, so that a server that can be reached can also work.
 * @throws ListenError, ModelError or SttError with one sentence each.
 */
export async function startServer(
  config: StandaloneConfig,
  logger: Logger,
  hooks: ServerHooks = {},
): Promise<StandaloneServer> {
  const shutdown = new Shutdown({ logger });
  try {
    const metrics = createMetrics();
    const metricsServer: MetricsServer = await serveMetrics(metrics.registry, config.HOST, config.METRICS_PORT);
    shutdown.add('metrics', () => metricsServer.close());
    const tracing = await startTracing('verbatim', logger);
    shutdown.add('traces', async () => tracing?.close());
    const spool = await createSpool(config.SPOOL_DIR);
    shutdown.add('spool', async () => spool[Symbol.asyncDispose]());
    const embedded = await startEmbedded({
      ...engineSettings(config),
      uploadFolder: await spool.subfolder('uploads'),
      logger,
      observer: countEvents(metrics),
      tracing,
      storeObserver: storeMetrics(metrics),
      ...hooks,
    });
    shutdown.add('engine', async () => embedded[Symbol.asyncDispose]());
    watchTranscriber(metrics, embedded.transcriber, embedded.runtime);
    watchClaims(metrics, embedded.bus.claims, embedded.model.id);
    const tools = findMediaTools(process.env.PATH);
    const worker = startMediaWorker(config, embedded, { spool, tools, logger, metrics });
    shutdown.add('jobs', () => worker.drain());
    const health = reportHealth(embedded);
    reportMedia(health, { tools, spool });
    const ingress: Ingress = await createIngress(
      {
        ...sessionDeps(config, embedded, logger),
        health,
        metrics: countSessions(metrics),
        tracing,
        files: {
          ...jobSettings(config),
          jobs: embedded.jobs,
          decodes: hasFfmpeg(tools) ? 'everything' : 'wav',
          checkWebhook: webhookCheck(config),
          metrics: countUploads(metrics),
        },
      },
      {
        host: config.HOST,
        port: config.PORT,
        grpcPort: config.GRPC_PORT,
        adminAccess: adminAccess({ key: config.ADMIN_KEY, isLocal: isLocalAddress(config.HOST) }),
        consoleFolder: config.CONSOLE ? consoleFolder() : undefined,
      },
    );
    watchSessions(metrics, ingress.sessions);
    shutdown.add('doors', async () => {
      await ingress.drain(DRAIN_MS);
      await ingress.close();
    });
    health.become('ready');
    return {
      embedded,
      httpPort: ingress.httpPort,
      grpcPort: ingress.grpcPort,
      metricsPort: metricsServer.port,
      stop: (reason) => {
        logger.info({ reason }, 'shutting down');
        return shutdown.run();
      },
    };
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}

function reportHealth({ runtime }: Embedded): HealthRegistry {
  const health = new HealthRegistry();
  for (const part of ['redis', 'nats']) health.register(part, () => ({ status: 'ok', detail: 'embedded' }));
  reportEngine(health, () => runtime);
  return health;
}
