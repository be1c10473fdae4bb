import { setTimeout as sleep } from 'node:timers/promises';
import type { LinkState } from '@verbatim/contracts';
import { describe, it, type TestContext } from 'vitest';
import { finalOf, newId, specOf, state } from '../contract/store-under-test.ts';
import { hasRedisServer, startRedisServer } from '../testing/redis-server.ts';
import { createRedisStores, type RedisStores } from './stores.ts';

/** Nothing is confirmed before it is on disk: with `everysec` a slow disk may lose the last second or two at a kill. */
const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always'];

/** A server with its data on disk, and what connects to it; all ends with the test. */
const setUp = async (onTestFinished: TestContext['onTestFinished']) => {
  const first = await startRedisServer({ args: DURABLE });
  let server = first;
  const stores: RedisStores[] = [];
  onTestFinished(async () => {
    await Promise.all(stores.map((redis) => redis[Symbol.asyncDispose]()));
    await server.stop();
    await first.stop();
  });
  return {
    connect: async (options: { patienceMs?: number; onState?: (state: LinkState) => void } = {}) => {
      const redis = createRedisStores({ url: first.url, name: 'test', ...options });
      stores.push(redis);
      await redis.ready;
      return redis;
    },
    signal: (name: NodeJS.Signals): void => server.kill(name),
    kill: async (): Promise<void> => {
      server.kill('SIGKILL');
      await server.exited;
    },
    restart: async (...args: string[]): Promise<void> => {
      server = await startRedisServer({ port: first.port, dir: first.dir, args: [...DURABLE, ...args] });
    },
  };
};

describe.skipIf(!hasRedisServer())('a redis session store whose server goes away', () => {
  it('loses and doubles nothing when the server is killed and started again under load', async ({
    expect,
    onTestFinished,
  }) => {
    const { connect, kill, restart } = await setUp(onTestFinished);
    const states: string[] = [];
    const redis = await connect({ onState: ({ status }) => states.push(status) });
    const opened: string[] = [];
    let working = true;
    const work = async (): Promise<{ id: string; commits: number }> => {
      const spec = specOf(newId('s'), 'tenant');
      await redis.sessions.open(spec, 'hash');
      opened.push(spec.sessionId);
      const grant = await redis.sessions.claim(spec.sessionId, 'owner');
      let commits = 0;
      for (; working || commits === 0; commits++) {
        const final = finalOf(commits + 1);
        const step = { final, cursor: final.end, state: state(commits % 256) };
        expect(await redis.sessions.commit(spec.sessionId, grant?.epoch ?? 0, step)).toBe('ok');
        if (commits % 8 === 0) await sleep(1);
      }
      return { id: spec.sessionId, commits };
    };
    const opening = async (): Promise<void> => {
      while (working) {
        const spec = specOf(newId('o'), 'tenant');
        await redis.sessions.open(spec, 'hash');
        opened.push(spec.sessionId);
      }
    };
    const work20 = Promise.all(Array.from({ length: 20 }, work));
    const openers = Promise.all([opening(), opening()]);
    for (let i = 0; i < 3; i++) {
      await sleep(400);
      await kill();
      await sleep(100);
      await restart();
    }
    await sleep(400);
    working = false;
    const results = await work20;
    await openers;
    expect(states.filter((status) => status === 'connected')).toHaveLength(1 + 3);
    for (const { id, commits } of results) {
      expect(commits).toBeGreaterThan(20);
      expect(await redis.sessions.finals(id, 0)).toEqual(Array.from({ length: commits }, (_, i) => finalOf(i + 1)));
      expect(await redis.sessions.claim(id, 'next')).toMatchObject({
        epoch: 2,
        nextSequence: commits + 1,
        attempts: 1,
      });
    }
    const listed = await redis.sessions.list('tenant', { limit: opened.length + 10, after: null });
    expect(listed.sessions.map(({ spec }) => spec.sessionId).toSorted()).toEqual(opened.toSorted());
  });

  // These mostly wait.
  describe.concurrent('for a while', () => {
    it('lets calls wait through an outage of 3 seconds', async ({ expect, onTestFinished }) => {
      const { connect, kill, restart } = await setUp(onTestFinished);
      const redis = await connect();
      const spec = specOf(newId('s'), 'tenant');
      await redis.sessions.open(spec, 'hash');
      await kill();
      const calls = Promise.all([
        redis.sessions.claim(spec.sessionId, 'a'),
        redis.sessions.get(spec.sessionId),
        redis.sessions.open(specOf(newId('s'), 'tenant'), 'hash'),
      ]);
      await sleep(3_000);
      expect(redis.state).toMatchObject({ status: 'away', detail: expect.stringContaining('connection refused') });
      await restart();
      expect((await calls)[0]).toMatchObject({ epoch: 1, attempts: 1 });
      expect(redis.state).toEqual({ status: 'connected', detail: 'connected' });
    });

    it('waits for a server that comes back and still loads its data, and says so', async ({
      expect,
      onTestFinished,
    }) => {
      const { connect, kill, restart } = await setUp(onTestFinished);
      const details: string[] = [];
      const redis = await connect({ onState: ({ detail }) => details.push(detail) });
      const id = newId('s');
      await redis.sessions.open(specOf(id, 'tenant'), 'hash');
      await Promise.all(Array.from({ length: 1_500 }, () => redis.sessions.touch(id)));
      await kill();
      // A setting of Redis for its own tests: microseconds for each command of the file. It answers after each thousand.
      await restart('--key-load-delay', '300');
      expect((await redis.sessions.get(id))?.spec.sessionId).toBe(id);
      expect(details.slice(-2)).toEqual(['Redis is loading its data', 'connected']);
    });

    it('notices a server that is frozen, and lets calls wait until it moves again', async ({
      expect,
      onTestFinished,
    }) => {
      const { connect, signal } = await setUp(onTestFinished);
      const redis = await connect();
      const spec = specOf(newId('s'), 'tenant');
      await redis.sessions.open(spec, 'hash');
      await redis.sessions.claim(spec.sessionId, 'a');
      signal('SIGSTOP');
      const commit = redis.sessions.commit(spec.sessionId, 1, { final: finalOf(1), cursor: 5, state: state(1) });
      await sleep(3_500);
      expect(redis.state).toEqual({ status: 'away', detail: 'Redis does not answer' });
      await sleep(500);
      signal('SIGCONT');
      expect(await commit).toBe('ok');
      expect(await redis.sessions.commit(spec.sessionId, 1, { final: finalOf(2), cursor: 6, state: state(2) })).toBe(
        'ok',
      );
      expect(await redis.sessions.finals(spec.sessionId, 0)).toEqual([finalOf(1), finalOf(2)]);
    });

    it('notices a frozen server without any call, too', async ({ expect, onTestFinished }) => {
      const { connect, signal } = await setUp(onTestFinished);
      const redis = await connect();
      signal('SIGSTOP');
      await sleep(5_000);
      expect(redis.state.status).toBe('away');
      signal('SIGCONT');
    });

    it('rejects a call when its patience is over, frozen or gone, and keeps nothing of it', async ({
      expect,
      onTestFinished,
    }) => {
      const { connect, kill, signal } = await setUp(onTestFinished);
      const redis = await connect({ patienceMs: 500 });
      signal('SIGSTOP');
      const unavailable = { code: 'unavailable', retryAfterMs: 1_000 };
      const started = performance.now();
      await expect(redis.sessions.touch('s')).rejects.toMatchObject(unavailable);
      await kill();
      for (let i = 0; i < 3; i++) await expect(redis.sessions.get('s')).rejects.toMatchObject(unavailable);
      expect(performance.now() - started).toBeLessThan(3_000);
    });

    it('rejects what waits when it is disposed, and everything after that', async ({ expect, onTestFinished }) => {
      const { connect, kill } = await setUp(onTestFinished);
      const redis = await connect();
      await kill();
      const waiting = redis.sessions.get('s');
      const outcome = expect(waiting).rejects.toMatchObject({ code: 'unavailable' });
      await sleep(50);
      await redis[Symbol.asyncDispose]();
      await outcome;
      await expect(redis.sessions.get('s')).rejects.toMatchObject({ code: 'unavailable' });
    });
  });
});
