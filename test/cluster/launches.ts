import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Launch } from './member.ts';
import { untilNatsGreets, untilRedisAnswers } from './server-probes.ts';

const HOST = '127.0.0.1';
const SERVER_START_MS = 15_000;
const SERVER_STOP_MS = 5_000;
/** The first start fetches the model. */
const SERVICE_START_MS = 300_000;
/** What a process needs beyond the time that it is given for its sessions. */
const SERVICE_STOP_MS = 5_000;
const DEFAULT_DRAIN_MS = 5_000;

/** From this file, which runs as test/cluster/*.ts under vitest and as test/dist/cluster/*.js otherwise. */
const root = (() => {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const test = path.dirname(here);
  return path.dirname(path.basename(test) === 'dist' ? path.dirname(test) : test);
})();

/** nats-server with JetStream, its streams below `folder`. */
export const natsLaunch = (program: string, folder: string, [port, monitor]: readonly number[]): Launch => ({
  name: 'nats',
  role: 'nats',
  command: program,
  args: ['-js', '-sd', path.join(folder, 'nats'), '-a', HOST, '-p', String(port), '-m', String(monitor), '-n', 'nats'],
  env: {},
  startMs: SERVER_START_MS,
  stopMs: SERVER_STOP_MS,
  async ready(_, signal) {
    await untilNatsGreets(port!, signal);
    return { nats: `nats://${HOST}:${port}`, monitor: `http://${HOST}:${monitor}` };
  },
});

/** redis-server that keeps what it was told through a restart, its file in `folder`, which must be there. */
export const redisLaunch = (program: string, folder: string, port: number): Launch => ({
  name: 'redis',
  role: 'redis',
  command: program,
  args: [
    ...['--bind', HOST, '--port', String(port), '--dir', folder],
    ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
  ],
  env: {},
  startMs: SERVER_START_MS,
  stopMs: SERVER_STOP_MS,
  async ready(_, signal) {
    await untilRedisAnswers(port, signal);
    return { redis: `redis://${HOST}:${port}` };
  },
});

/** One of our own processes. `settings` are its environment beside the ports. */
export const serviceLaunch = (
  role: 'ingress' | 'transcriber' | 'media',
  name: string,
  [port, grpcPort, metricsPort]: readonly number[],
  settings: Readonly<Record<string, string>>,
): Launch => ({
  name,
  role,
  command: process.execPath,
  args: [path.join(root, 'services', role, 'dist', 'main.js')],
  env: {
    ...settings,
    HOST,
    PORT: String(port),
    GRPC_PORT: String(grpcPort),
    METRICS_PORT: String(metricsPort),
  },
  startMs: SERVICE_START_MS,
  stopMs: SERVICE_STOP_MS + Number(settings.DRAIN_MS ?? DEFAULT_DRAIN_MS),
  async ready(process) {
    if (role !== 'ingress') {
      const [, metrics, health] = await process.line(/^Ready for .*metrics (http:\S+), health (http:\S+)$/);
      return { metrics: metrics!, health: health! };
    }
    const [, ws, grpc, metrics] = await process.line(/^Ready: WebSocket (ws:\S+), gRPC (\S+), metrics (http:\S+)$/);
    return { ws: ws!, http: `http://${new URL(ws!).host}`, grpc: grpc!, metrics: metrics! };
  },
});
