import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobSpecOf } from '../contract/job-store-under-test.ts';
import { sessionStoreContract } from '../contract/session-store-contract.ts';
import { newId, specOf } from '../contract/store-under-test.ts';
import { hasRedisServer, type RedisServer, startRedisServer } from '../testing/redis-server.ts';
import { createRedisStores } from './stores.ts';

describe.skipIf(!hasRedisServer())('the redis session store', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server.stop());

  sessionStoreContract(async () => {
    const stores = createRedisStores({ url: server.url, ttlSeconds: 0.6, name: 'contract' });
    return { store: stores.sessions, ttlSeconds: 0.6, dispose: async () => stores[Symbol.asyncDispose]() };
  });

  it('takes sessions and jobs that were stored before there were tasks for transcriptions', async () => {
    await using stores = createRedisStores({ url: server.url, name: 'test' });
    const raw = new Redis({ port: server.port });
    const { task: _, ...session } = specOf(newId('s'), newId('tenant'));
    const { task: __, ...job } = jobSpecOf(newId('j'), newId('tenant'));
    try {
      await stores.sessions.open({ ...session, task: 'translate' }, 'hash');
      await stores.jobs.open({ ...job, task: 'translate' });
      expect((await stores.sessions.get(session.sessionId))?.spec.task).toBe('translate');
      expect((await stores.jobs.get(job.jobId))?.spec.task).toBe('translate');
      await raw.hset(`stt:stream:session:${session.sessionId}`, 'spec', JSON.stringify(session));
      await raw.hset(`stt:job:${job.jobId}`, 'spec', JSON.stringify(job));
      expect((await stores.sessions.get(session.sessionId))?.spec).toEqual({ ...session, task: 'transcribe' });
      expect((await stores.jobs.get(job.jobId))?.spec).toEqual({ ...job, task: 'transcribe' });
    } finally {
      raw.disconnect();
    }
  });
});
