import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobStoreContract } from '../contract/job-store-contract.ts';
import { sessionStoreContract } from '../contract/session-store-contract.ts';
import { finalOf, newId, specOf, state } from '../contract/store-under-test.ts';
import { type RedisClusterServers, startRedisCluster } from '../testing/redis-cluster.ts';
import { hasRedisServer } from '../testing/redis-server.ts';
import { createRedisStores } from './stores.ts';

describe.skipIf(!hasRedisServer())('the redis stores on a cluster of three', () => {
  let cluster: RedisClusterServers;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster.stop());

  sessionStoreContract(async () => {
    const stores = createRedisStores({ url: cluster.url, ttlSeconds: 0.6, name: 'contract' });
    return { store: stores.sessions, ttlSeconds: 0.6, dispose: async () => stores[Symbol.asyncDispose]() };
  });

  jobStoreContract(async () => {
    const stores = createRedisStores({
      url: cluster.url,
      ttlSeconds: 0.6,
      unfinishedJobTtlSeconds: 1.2,
      reservationTtlSeconds: 0.6,
      name: 'contract',
    });
    return {
      store: stores.jobs,
      finishedSeconds: 0.6,
      unfinishedSeconds: 1.2,
      reservedSeconds: 0.6,
      dispose: async () => stores[Symbol.asyncDispose](),
    };
  });

  it('loses and doubles nothing when a node is killed and comes back', async () => {
    const redis = createRedisStores({ url: cluster.url, name: 'test' });
    let working = true;
    const work = async (): Promise<{ id: string; commits: number }> => {
      const spec = specOf(newId('s'), 'tenant');
      const id = spec.sessionId;
      await redis.sessions.open(spec, 'hash');
      await redis.sessions.claim(id, 'owner');
      let commits = 0;
      for (; working; commits++) {
        const step = { final: finalOf(commits + 1), cursor: commits + 1, state: state(1) };
        expect(await redis.sessions.commit(id, 1, step)).toBe('ok');
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
      expect(commits).toBeGreaterThan(3);
      expect(await redis.sessions.finals(id, 0)).toHaveLength(commits);
    }
    await redis[Symbol.asyncDispose]();
  });

  it('takes all nodes away and back', async () => {
    const redis = createRedisStores({ url: cluster.url, name: 'test' });
    await redis.ready;
    for (const node of cluster.nodes) node.kill('SIGKILL');
    const opening = redis.sessions.open(specOf(newId('s'), 'tenant'), 'hash');
    await sleep(500);
    expect(redis.state).toEqual({ status: 'away', detail: 'no node of the Redis cluster answers' });
    await Promise.all([0, 1, 2].map((index) => cluster.restart(index)));
    await opening;
    await redis[Symbol.asyncDispose]();
  });
});
