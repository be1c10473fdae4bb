import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort, type RedisServer, startRedisServer } from './redis-server.ts';

const SLOTS = 16_384;

export interface RedisClusterServers {
  /** `redis+cluster://` with all nodes. */
  readonly url: string;
  readonly nodes: readonly RedisServer[];
  /** Starts a node that has ended again, with its files. */
  restart(index: number): Promise<void>;
  stop(): Promise<void>;
}

/** A cluster of `size` masters without replicas, ready for commands. */
export const startRedisCluster = async (size = 3): Promise<RedisClusterServers> => {
  const started: RedisServer[] = [];
  const settings: string[][] = [];
  const nodes: RedisServer[] = [];
  for (let i = 0; i < size; i++) {
    const args = ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort()), '--appendonly', 'yes'];
    settings.push([...args, '--cluster-node-timeout', '2000']);
    const node = await startRedisServer({ args: settings[i] ?? [] });
    nodes.push(node);
    started.push(node);
  }
  const clients = nodes.map(({ port }) => new Redis({ port }));
  for (const [i, client] of clients.entries()) {
    const [first, last] = [Math.ceil((i * SLOTS) / size), Math.ceil(((i + 1) * SLOTS) / size) - 1];
    await client.call('cluster', ['addslotsrange', first, last]);
    for (const [j, other] of nodes.entries()) {
      const busPort = settings[j]?.[3] ?? '';
      if (j !== i) await client.call('cluster', ['meet', '127.0.0.1', other.port, busPort]);
    }
  }
  for (const client of clients) {
    while (!String(await client.call('cluster', ['info'])).includes('cluster_state:ok')) await sleep(50);
    client.disconnect();
  }
  return {
    url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join()}`,
    nodes,
    restart: async (index) => {
      const node = nodes[index];
      if (node === undefined) return;
      nodes[index] = await startRedisServer({ port: node.port, dir: node.dir, args: settings[index] ?? [] });
    },
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
      await Promise.all(started.map((node) => node.stop()));
    },
  };
};
