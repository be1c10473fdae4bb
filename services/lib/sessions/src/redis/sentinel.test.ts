import type { LinkState } from '@verbatim/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finalOf, newId, specOf, state } from '../contract/store-under-test.ts';
import { eventually } from '../testing/eventually.ts';
import {
  freePort,
  hasRedisServer,
  type RedisServer,
  startRedisSentinel,
  startRedisServer,
} from '../testing/redis-server.ts';
import { createRedisStores } from './stores.ts';

describe.skipIf(!hasRedisServer())('the redis session store behind a sentinel', () => {
  let master: RedisServer;
  let replica: RedisServer;
  let sentinel: RedisServer;
  beforeAll(async () => {
    master = await startRedisServer();
    replica = await startRedisServer({ args: ['--replicaof', '127.0.0.1', String(master.port)] });
    sentinel = await startRedisSentinel('main', master.port);
  });
  afterAll(() => Promise.all([sentinel, replica, master].map((server) => server.stop())));

  it('goes on with the new master after a failover', async () => {
    const states: LinkState[] = [];
    const url = `redis+sentinel://127.0.0.1:${sentinel.port}/main`;
    const redis = createRedisStores({ url, name: 'test', onState: (next) => states.push(next) });
    const id = newId('s');
    await redis.sessions.open(specOf(id, 'tenant'), 'hash');
    await redis.sessions.claim(id, 'a');
    const commit = (n: number) => redis.sessions.commit(id, 1, { final: finalOf(n), cursor: n, state: state(n) });
    expect(await commit(1)).toBe('ok');
    // The sentinel looks for replicas every ten seconds, and must know of this one to promote it.
    const direct = createRedisStores({ url: replica.url, name: 'test' });
    await eventually(async () => expect((await direct.sessions.get(id))?.cursor).toBe(1));
    await direct[Symbol.asyncDispose]();
    master.kill('SIGKILL');
    expect(await commit(2)).toBe('ok');
    expect(await redis.sessions.finals(id, 0)).toEqual([finalOf(1), finalOf(2)]);
    expect(states.map(({ status }) => status)).toContain('away');
    await redis[Symbol.asyncDispose]();
  });

  it('says that no sentinel answers, or that none knows the master', async () => {
    const details = async (url: string, word: string): Promise<void> => {
      const redis = createRedisStores({ url, name: 'test', patienceMs: 100 });
      await eventually(() => expect(redis.state.detail).toContain(word));
      await expect(redis.sessions.get('s')).rejects.toMatchObject({ code: 'unavailable' });
      await redis[Symbol.asyncDispose]();
    };
    await details(`redis+sentinel://127.0.0.1:${await freePort()}/main`, 'no sentinel answers');
    await details(`redis+sentinel://127.0.0.1:${sentinel.port}/other`, 'know no master');
  });
});
