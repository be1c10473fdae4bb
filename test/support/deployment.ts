import { Writable } from 'node:stream';
import { createLogger, readConfig, standaloneSchema } from '@verbatim/kit';
import { startServer } from '@verbatim/standalone';
import { Cluster } from '../cluster/cluster.ts';

/** A running Verbatim, as its clients know it: addresses only. */
export interface Deployment extends AsyncDisposable {
  readonly httpUrl: string;
  readonly wsUrl: string;
  readonly grpcAddress: string;
  /** Of each of its processes: which one counts what is its own affair. */
  readonly metricsUrls: readonly string[];
  /** What its processes have logged so far; nothing by default, as they are silent without LOG_LEVEL. */
  readonly log: readonly LogLine[];
  /** Ends it as SIGTERM would: live sessions are flushed. */
  stop(): Promise<void>;
}

/** A line of a log. */
export interface LogLine {
  readonly level: string;
  readonly name: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** Starts the product under test on free ports, with `settings` by the names of their environment variables. */
export type StartDeployment = (settings?: Readonly<Record<string, string>>) => Promise<Deployment>;

/** The embedded server, in this process. */
export const startEmbeddedDeployment: StartDeployment = async (settings = {}) => {
  const config = readConfig(standaloneSchema, {
    ...process.env,
    PORT: '0',
    GRPC_PORT: '0',
    METRICS_PORT: '0',
    LOG_LEVEL: 'silent',
    ...settings,
  });
  const log: LogLine[] = [];
  const to = new Writable({
    write: (line, _encoding, done) => {
      log.push(JSON.parse(String(line)) as LogLine);
      done();
    },
  });
  const server = await startServer(config, createLogger({ level: config.LOG_LEVEL, name: 'test', to }));
  const stop = async () => {
    await server.stop('the test is over');
  };
  return {
    httpUrl: `http://127.0.0.1:${server.httpPort}`,
    wsUrl: `ws://127.0.0.1:${server.httpPort}/v1/stt/stream`,
    grpcAddress: `127.0.0.1:${server.grpcPort}`,
    metricsUrls: [`http://127.0.0.1:${server.metricsPort}/metrics`],
    log,
    stop,
    [Symbol.asyncDispose]: stop,
  };
};

/** nats-server, redis-server, an ingress and a transcriber, each a process of its own. */
export const startClusterDeployment: StartDeployment = async (settings = {}) => {
  const log: LogLine[] = [];
  const cluster = await Cluster.start({
    ingresses: 1,
    transcribers: 1,
    settings: { LOG_LEVEL: 'silent', ...settings },
    // Beside lines of the log they say when they are ready; nats-server and redis-server write no JSON.
    onLine: (_name, line) => {
      if (line.startsWith('{')) log.push(JSON.parse(line) as LogLine);
    },
  });
  const { ws, http, grpc } = cluster.ingresses[0]!.addresses;
  const services = [...cluster.ingresses, ...cluster.transcribers];
  const stop = () => cluster.stop();
  return {
    httpUrl: http!,
    wsUrl: ws!,
    grpcAddress: grpc!,
    metricsUrls: services.map(({ addresses }) => addresses.metrics!),
    log,
    stop,
    [Symbol.asyncDispose]: stop,
  };
};
