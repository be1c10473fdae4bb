import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessionStoreContract } from '../contract/session-store-contract.ts';
import { finalOf, newId, specOf, state } from '../contract/store-under-test.ts';
import { type RedisClusterServers, startRedisCluster } from '../testing/redis-cluster.ts';
import { hasRedisServer } from '../testing/redis-server.ts';
import { createRedisSessionStore } from './session-store.ts';

describe.skipIf(!hasRedisServer())('the redis session store on a cluster of three', () => {
  let cluster: RedisClusterServers;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster.stop());

  sessionStoreContract(async () => {
    const store = createRedisSessionStore({ url: cluster.url, ttlSeconds: 0.6, name: 'contract' });
    return { store, ttlSeconds: 0.6, dispose: async () => store[Symbol.asyncDispose]() };
  });

  it('loses and doubles nothing when a node is killed and comes back', async () => {
    const store = createRedisSessionStore({ url: cluster.url, name: 'test' });
    let working = true;
    const work = async (): Promise<{ id: string; commits: number }> => {
      const spec = specOf(newId('s'), 'tenant');
      const id = spec.sessionId;
      await store.open(spec, 'hash');
      await store.claim(id, 'owner');
      let commits = 0;
      for (; working; commits++) {
        const step = { final: finalOf(commits + 1), cursor: commits + 1, state: state(1) };
        expect(await store.commit(id, 1, step)).toBe('ok');
        await sleep(5);
      }
      return { id, commits };
    };
    const all = Promise.all(Array.from({ length: 20 }, work));
    await sleep(300);
    cluster.nodes[1]?.kill('SIGKILL');
    await sleep(1_000);
    await cluster.restart(1);
    await sleep(1_500);
    working = false;
    for (const { id, commits } of await all) {
      expect(commits).toBeGreaterThan(10);
      expect(await store.finals(id, 0)).toHaveLength(commits);
    }
    await store[Symbol.asyncDispose]();
  });

  it('takes all nodes away and back', async () => {
    const store = createRedisSessionStore({ url: cluster.url, name: 'test' });
    await store.ready;
    for (const node of cluster.nodes) node.kill('SIGKILL');
    const opening = store.open(specOf(newId('s'), 'tenant'), 'hash');
    await sleep(500);
    expect(store.state).toEqual({ status: 'away', detail: 'no node of the Redis cluster answers' });
    await Promise.all([0, 1, 2].map((index) => cluster.restart(index)));
    await opening;
    await store[Symbol.asyncDispose]();
  });
});
