import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { jobStoreContract } from '../contract/job-store-contract.ts';
import { COMPLETED, jobSpecOf, MEDIA } from '../contract/job-store-under-test.ts';
import { newId } from '../contract/store-under-test.ts';
import { hasRedisServer, type RedisServer, startRedisServer } from '../testing/redis-server.ts';
import { createRedisStores, type RedisStores } from './stores.ts';

describe.skipIf(!hasRedisServer())('the redis job store', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server.stop());

  jobStoreContract(async () => {
    const stores = createRedisStores({
      url: server.url,
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

  describe('in its keys', () => {
    const stores: RedisStores[] = [];
    let raw: Redis;
    beforeEach(() => {
      raw = new Redis({ port: server.port });
    });
    afterEach(async () => {
      raw.disconnect();
      await Promise.all(stores.splice(0).map((each) => each[Symbol.asyncDispose]()));
    });
    const connect = (ttls: { ttlSeconds?: number; unfinishedJobTtlSeconds?: number } = {}): RedisStores => {
      const redis = createRedisStores({ url: server.url, name: 'test', ...ttls });
      stores.push(redis);
      return redis;
    };
    const expectTtl = async (key: string, seconds: number): Promise<void> => {
      const left = await raw.pttl(key);
      expect(left).toBeGreaterThan(seconds * 1_000 - 5_000);
      expect(left).toBeLessThanOrEqual(seconds * 1_000);
    };

    it('keeps an unfinished job for a day, a finished one for an hour, and the list of a tenant as long', async () => {
      const { jobs } = connect();
      const spec = jobSpecOf(newId('j'), newId('tenant'));
      await jobs.open(spec);
      await expectTtl(`stt:job:${spec.jobId}`, 86_400);
      await expectTtl(`stt:jobs:${spec.tenant}`, 86_400 * 1.5);
      await jobs.claim(spec.jobId, 'a');
      await jobs.finish(spec.jobId, 1, COMPLETED);
      await expectTtl(`stt:job:${spec.jobId}`, 3_600);
      await expectTtl(`stt:jobs:${spec.tenant}`, 86_400 * 1.5);
    });

    it('keeps a reserved idempotency key for an hour, a settled one for a day, and only its hash', async () => {
      const { jobs } = connect();
      const tenant = newId('tenant');
      const key = `stt:jobkey:${tenant}:${createHash('sha256').update('a secret').digest('hex')}`;
      await jobs.reserveKey(tenant, 'a secret', 'a');
      await expectTtl(key, 3_600);
      await jobs.settleKey(tenant, 'a secret', 'a', 'job', 'print');
      await expectTtl(key, 86_400);
      expect(JSON.stringify(await raw.hgetall(key))).not.toContain('a secret');
    });

    it('has no list that names a hidden job', async () => {
      const { jobs } = connect();
      const spec = jobSpecOf(newId('j'), newId('tenant'), { hidden: true });
      await jobs.open(spec);
      expect(await raw.exists(`stt:job:${spec.jobId}`, `stt:jobs:${spec.tenant}`)).toBe(1);
    });

    it('lists a job that is active for longer than the list of its tenant would last', async () => {
      const { jobs } = connect({ ttlSeconds: 0.2, unfinishedJobTtlSeconds: 0.5 });
      const spec = jobSpecOf(newId('j'), newId('tenant'));
      await jobs.open(spec);
      await jobs.claim(spec.jobId, 'a');
      // A list that was lost comes back by itself.
      await raw.del(`stt:jobs:${spec.tenant}`);
      for (let i = 0; i < 12; i++) {
        await sleep(100);
        await jobs.report(spec.jobId, 1, {});
      }
      expect((await jobs.list(spec.tenant, { limit: 5, after: null })).jobs).toHaveLength(1);
    });

    it('removes what is gone from the list of a tenant at openings', async () => {
      const { jobs } = connect();
      const tenant = newId('tenant');
      for (let i = 0; i < 60; i++) {
        const spec = jobSpecOf(newId('j'), tenant);
        await jobs.open(spec);
        await raw.del(`stt:job:${spec.jobId}`);
      }
      expect(await raw.zcard(`stt:jobs:${tenant}`)).toBeLessThan(15);
    });

    it('lists an id that was used again once, in its new place', async () => {
      const { jobs } = connect();
      const [first, second] = [jobSpecOf(newId('j'), newId('tenant')), newId('j')];
      await jobs.open(first);
      await jobs.open(jobSpecOf(second, first.tenant));
      await raw.del(`stt:job:${first.jobId}`);
      await jobs.open(first);
      const page = await jobs.list(first.tenant, { limit: 5, after: null });
      expect(page.jobs.map(({ spec }) => spec.jobId)).toEqual([first.jobId, second]);
    });

    it.each([
      ['spec', '{}'],
      ['spec', 'no JSON'],
      ['status', 'lost'],
      ['progress', '2'],
      ['opened', 'yesterday'],
      ['media', '{"codec":"aac"}'],
      ['outcome', '{"status":"failed"}'],
      ['webhook', 'perhaps'],
    ])('names the job whose %s is damaged, and can erase it', async (field, value) => {
      const { jobs } = connect();
      const spec = jobSpecOf(newId('j'), newId('tenant'));
      const id = spec.jobId;
      await jobs.open(spec);
      await raw.hset(`stt:job:${id}`, field, value);
      const damaged = { code: 'internal', message: expect.stringContaining(`job "${id}" is damaged`) };
      await expect(jobs.get(id)).rejects.toMatchObject(damaged);
      // A list knows a record by when it was opened, and takes one that says otherwise for another's.
      if (field !== 'opened') {
        await expect(jobs.list(spec.tenant, { limit: 5, after: null })).rejects.toMatchObject(damaged);
      }
      // A claim and a cancel write the status anew.
      if (field !== 'status') await expect(jobs.claim(id, 'a')).rejects.toMatchObject({ code: 'internal' });
      await jobs.erase(id);
      expect(await jobs.get(id)).toBeNull();
    });

    it('says so when Redis itself can not work with a record', async () => {
      const { jobs } = connect();
      const id = newId('j');
      await raw.set(`stt:job:${id}`, 'no hash');
      const unworkable = { code: 'internal', message: expect.stringContaining(`job "${id}" can't be worked with`) };
      await expect(jobs.get(id)).rejects.toMatchObject(unworkable);
      await expect(jobs.claim(id, 'a')).rejects.toMatchObject(unworkable);
      await expect(jobs.report(id, 1, { media: MEDIA })).rejects.toMatchObject(unworkable);
      await expect(jobs.finish(id, 1, COMPLETED)).rejects.toMatchObject(unworkable);
      await expect(jobs.cancel(id)).rejects.toMatchObject(unworkable);
      await expect(jobs.noteWebhook(id, 'failed')).rejects.toMatchObject(unworkable);
    });
  });
});
