import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { COMPLETED, FAILED, jobSpecOf } from '../contract/job-store-under-test.ts';
import { newId } from '../contract/store-under-test.ts';
import type { JobStore } from '../ports.ts';
import { hasRedisServer, type RedisServer, startRedisServer } from '../testing/redis-server.ts';
import { losing, sendLate, startTcpProxy, type TcpProxy } from '../testing/tcp-proxy.ts';
import { createRedisStores, type RedisStores } from './stores.ts';

describe.skipIf(!hasRedisServer())('a call about a job whose reply is lost', () => {
  let server: RedisServer;
  let proxy: TcpProxy;
  let redis: RedisStores;
  let jobs: JobStore;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    proxy = await startTcpProxy(server.port);
    redis = createRedisStores({ url: `redis://127.0.0.1:${proxy.port}`, name: 'test' });
    jobs = redis.jobs;
    await redis.ready;
    // Every script is known to the server before, so that the call under test is one packet.
    const id = await open();
    await jobs.claim(id, 'a');
    await jobs.report(id, 1, {});
    await jobs.finish(id, 1, COMPLETED);
    await jobs.cancel(id);
    await jobs.noteWebhook(id, 'none');
    for (const key of ['released', 'settled']) await jobs.reserveKey(id, key, 'a');
    await jobs.releaseKey(id, 'released', 'a');
    await jobs.settleKey(id, 'settled', 'a', id, 'print');
  });
  afterEach(async () => {
    await redis[Symbol.asyncDispose]();
    await proxy.stop();
  });

  const open = async (): Promise<string> => {
    const spec = jobSpecOf(newId('j'), newId('tenant'), { webhookUrl: 'https://example.com' });
    await jobs.open(spec);
    return spec.jobId;
  };
  const late = (request: Buffer): Promise<void> => sendLate(server.port, request);

  it('opens a job once, without finding it in use', async () => {
    const spec = jobSpecOf(newId('j'), newId('tenant'));
    await losing(proxy, () => jobs.open(spec));
    expect(await jobs.get(spec.jobId)).toMatchObject({ spec, status: 'queued' });
    expect((await jobs.list(spec.tenant, { limit: 5, after: null })).jobs).toHaveLength(1);
    await expect(jobs.open(spec)).rejects.toMatchObject({ code: 'internal' });
  });

  it('claims once, and the grant is one that may report', async () => {
    const id = await open();
    const grant = await losing(proxy, () => jobs.claim(id, 'a'));
    expect(grant).toMatchObject({ epoch: 1, attempts: 1, record: { epoch: 1, owner: 'a' } });
    expect(await jobs.report(id, 1, { progress: 0.5 })).toBe('ok');
  });

  it('reports once: attempts that came after it are not forgotten', async () => {
    const id = await open();
    await jobs.claim(id, 'a');
    expect(await losing(proxy, () => jobs.report(id, 1, { progress: 0.5 }))).toBe('ok');
    const report = proxy.lastRequest();
    expect(await jobs.claim(id, 'b')).toMatchObject({ attempts: 1 });
    await late(report);
    expect(await jobs.claim(id, 'c')).toMatchObject({ attempts: 2, record: { progress: 0.5 } });
  });

  it('finishes once, and is told that it did', async () => {
    const id = await open();
    await jobs.claim(id, 'a');
    expect(await losing(proxy, () => jobs.finish(id, 1, COMPLETED))).toBe('ok');
    expect(await jobs.get(id)).toMatchObject({ ...COMPLETED, webhook: 'pending' });
    expect(await jobs.finish(id, 1, FAILED)).toBe('fenced');
  });

  it('cancels once', async () => {
    const id = await open();
    expect(await losing(proxy, () => jobs.cancel(id))).toMatchObject({ status: 'cancelled', webhook: 'pending' });
  });

  it('reserves an idempotency key once, without finding it busy', async () => {
    const tenant = newId('tenant');
    expect(await losing(proxy, () => jobs.reserveKey(tenant, 'key', 'a'))).toEqual({ state: 'reserved' });
    const reserve = proxy.lastRequest();
    await losing(proxy, () => jobs.releaseKey(tenant, 'key', 'a'));
    await late(reserve);
    expect(await jobs.reserveKey(tenant, 'key', 'b')).toEqual({ state: 'reserved' });
    await losing(proxy, () => jobs.settleKey(tenant, 'key', 'b', 'job', 'print'));
    expect(await jobs.reserveKey(tenant, 'key', 'c')).toEqual({ state: 'used', jobId: 'job', fingerprint: 'print' });
  });

  it('changes nothing when it comes a last time after later calls', async () => {
    const id = await open();
    await losing(proxy, () => jobs.claim(id, 'a'));
    const claim = proxy.lastRequest();
    await jobs.claim(id, 'b');
    const before = await jobs.get(id);
    await late(claim);
    expect(await jobs.get(id)).toEqual(before);
    expect(await jobs.claim(id, 'c')).toMatchObject({ epoch: 3, attempts: 3 });
    await losing(proxy, () => jobs.finish(id, 3, COMPLETED));
    const finish = proxy.lastRequest();
    await jobs.noteWebhook(id, 'delivered');
    const finished = await jobs.get(id);
    for (const request of [claim, finish]) {
      expect(request.toString('latin1')).toContain(id);
      await late(request);
    }
    expect(await jobs.get(id)).toEqual(finished);
    expect(finished).toMatchObject({ status: 'completed', webhook: 'delivered' });
  });
});
