import { hostname } from 'node:os';
import { createJetStreamBus } from '@verbatim/bus';
import { systemClock } from '@verbatim/contracts';
import {
  createMetrics,
  HealthRegistry,
  type IngressConfig,
  type Logger,
  natsSettings,
  redisSettings,
  Shutdown,
  type ShutdownResult,
  serveMetrics,
  startTracing,
  storeMetrics,
  watchLink,
} from '@verbatim/kit';
import { createRedisStores, timedStore } from '@verbatim/sessions';
import { abilitiesOf, findModel } from '@verbatim/speech/catalogue';
import { adminAccess } from './admin/admin-access.ts';
import { countSessions, countUploads, watchSessions } from './door-metrics.ts';
import { createIngress } from './ingress.ts';
import { jobSettings, webhookCheck } from './job-settings.ts';
import { consoleFolder } from './rest/console-folder.ts';
import type { ModelList } from './session/options.ts';
import { sessionSettings } from './session-settings.ts';

/** Open doors, which are of use once NATS and Redis are there. */
export interface IngressProcess {
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly metricsPort: number;
  /** Resolves when NATS and Redis are there for the first time: new sessions are welcome. */
  readonly ready: Promise<void>;
  /** Hands live sessions over to other ingresses and closes everything, within DRAIN_MS. */
  stop(reason: string): Promise<ShutdownResult>;
}

/** Of the time for a shutdown, what live sessions get; the rest is for closing connections. */
const DRAIN_SHARE = 0.7;

/**
 * Opens the doors of an ingress process. Without NATS or Redis they say so, and wait for them as long as it takes.
 * @throws ListenError or SttError with one sentence each.
 */
export const startIngressProcess = async (config: IngressConfig, logger: Logger): Promise<IngressProcess> => {
  const shutdown = new Shutdown({ logger, deadlineMs: config.DRAIN_MS });
  try {
    const models = modelList(config);
    const metrics = createMetrics();
    const health = new HealthRegistry();
    const tracing = await startTracing('verbatim-ingress', logger);
    shutdown.add('traces', async () => tracing?.close());
    const watchers = { logger, health, metrics };
    const metricsServer = await serveMetrics(metrics.registry, config.HOST, config.METRICS_PORT);
    shutdown.add('metrics', () => metricsServer.close());

    const name = `verbatim-ingress ${hostname()}-${process.pid}`;
    const bus = createJetStreamBus({ ...natsSettings(config), name, onState: watchLink('nats', 'NATS', watchers) });
    shutdown.add('nats', async () => bus[Symbol.asyncDispose]());
    const onRedis = watchLink('redis', 'Redis', watchers);
    const stores = createRedisStores({ ...redisSettings(config), name, onState: onRedis });
    shutdown.add('redis', async () => stores[Symbol.asyncDispose]());

    const ingress = await createIngress(
      {
        ...sessionSettings(config, config.MIN_CHUNK_MS),
        bus,
        store: timedStore(stores.sessions, storeMetrics(metrics)),
        models,
        onDrain: 'hand_over',
        clock: systemClock,
        log: logger,
        health,
        metrics: countSessions(metrics),
        tracing,
        files: {
          ...jobSettings(config),
          jobs: stores.jobs,
          decodes: 'everything',
          checkWebhook: webhookCheck(config),
          metrics: countUploads(metrics),
        },
      },
      {
        host: config.HOST,
        port: config.PORT,
        grpcPort: config.GRPC_PORT,
        adminAccess: adminAccess({ key: config.ADMIN_KEY, isLocal: false }),
        consoleFolder: config.CONSOLE ? consoleFolder() : undefined,
      },
    );
    watchSessions(metrics, ingress.sessions);
    shutdown.add('doors', async () => {
      await ingress.drain(config.DRAIN_MS * DRAIN_SHARE);
      await ingress.close();
    });
    const ready = Promise.all([bus.ready, stores.ready]).then(() => health.become('ready'));
    // Whoever stops before does not wait for it; its end is no error then.
    ready.catch(() => {});
    return {
      httpPort: ingress.httpPort,
      grpcPort: ingress.grpcPort,
      metricsPort: metricsServer.port,
      ready,
      stop: (reason) => {
        logger.info({ reason }, 'shutting down');
        return shutdown.run();
      },
    };
  } catch (error) {
    await shutdown.run();
    throw error;
  }
};

/** The models that sessions may name; what they can do is in the catalogue, no engine is loaded here. */
const modelList = ({ STT_MODEL, STT_MODELS }: IngressConfig): ModelList => ({
  default: findModel(STT_MODEL).id,
  list: STT_MODELS.map(findModel).map((entry) => ({
    ...{ id: entry.id, aliases: entry.aliases, languages: entry.languages },
    ...abilitiesOf(entry),
  })),
});
