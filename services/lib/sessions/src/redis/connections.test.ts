import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SttError } from '@verbatim/contracts';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { COMPLETED, jobSpecOf } from '../contract/job-store-under-test.ts';
import { finalOf, newId, specOf, state } from '../contract/store-under-test.ts';
import { eventually } from '../testing/eventually.ts';
import { freePort, hasRedisServer, type RedisServer, startRedisServer } from '../testing/redis-server.ts';
import { createRedisStores, type RedisStores, type RedisStoresOptions } from './stores.ts';

const SECRET = 'open-sesame';
const USER_RULES = ['--user', 'stt', 'on', `>${SECRET}`, '~stt:*', '+@all'];

describe.skipIf(!hasRedisServer())('connecting to Redis', () => {
  const stores: RedisStores[] = [];
  const servers: RedisServer[] = [];
  const details: string[] = [];
  const serve = async (...args: string[]): Promise<RedisServer> => {
    const server = await startRedisServer({ args });
    servers.push(server);
    return server;
  };
  const connect = (options: Omit<RedisStoresOptions, 'name'>): RedisStores => {
    const onState = ({ detail }: { detail: string }): void => void details.push(detail);
    const redis = createRedisStores({ name: 'a test', patienceMs: 3_000, onState, ...options });
    stores.push(redis);
    return redis;
  };
  const works = async (redis: RedisStores): Promise<void> => {
    const spec = specOf(newId('s'), newId('tenant'));
    await redis.sessions.open(spec, 'hash');
    await redis.sessions.claim(spec.sessionId, 'a');
    await redis.sessions.commit(spec.sessionId, 1, { final: finalOf(1), cursor: 1, state: state(0, 255) });
    expect(await redis.sessions.finals(spec.sessionId, 0)).toEqual([finalOf(1)]);
    expect((await redis.sessions.list(spec.tenant, { limit: 1, after: null })).sessions).toHaveLength(1);
    const job = jobSpecOf(newId('j'), spec.tenant);
    await redis.jobs.open(job);
    await redis.jobs.claim(job.jobId, 'a');
    await redis.jobs.report(job.jobId, 1, { progress: 0.5 });
    await redis.jobs.finish(job.jobId, 1, COMPLETED);
    await redis.jobs.noteWebhook(job.jobId, 'delivered');
    expect(await redis.jobs.cancel(job.jobId)).toMatchObject({ ...COMPLETED, webhook: 'delivered' });
    expect((await redis.jobs.list(spec.tenant, { limit: 1, after: null })).jobs).toHaveLength(1);
    expect(await redis.jobs.reserveKey(spec.tenant, 'key', 'a')).toEqual({ state: 'reserved' });
    await redis.jobs.settleKey(spec.tenant, 'key', 'a', job.jobId, 'print');
    expect(await redis.jobs.reserveKey(spec.tenant, 'key', 'b')).toMatchObject({ state: 'used' });
    expect(redis.state).toEqual({ status: 'connected', detail: 'connected' });
  };
  const shows = async (redis: RedisStores, status: string, ...words: string[]): Promise<void> => {
    await eventually(() => {
      expect(redis.state.status).toBe(status);
      for (const word of words) expect(redis.state.detail).toContain(word);
    });
  };
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((redis) => redis[Symbol.asyncDispose]()));
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    expect(details.splice(0).join()).not.toContain(SECRET);
  });

  it('works for an ACL user who may touch only the keys of this product', async () => {
    const { port } = await serve(...USER_RULES, '--user', 'default', 'off');
    await works(connect({ url: `redis://stt:${SECRET}@127.0.0.1:${port}` }));
    await works(connect({ url: `redis://127.0.0.1:${port}`, username: 'stt', password: SECRET }));
  });

  it('works with a password alone and with a database number', async () => {
    const { port } = await serve('--requirepass', SECRET);
    await works(connect({ url: `redis://127.0.0.1:${port}/3`, password: SECRET }));
    const raw = new Redis({ port, password: SECRET, db: 3 });
    expect(await raw.dbsize()).toBeGreaterThan(0);
    raw.disconnect();
  });

  it('says what is wrong with a password, and that none was given', async () => {
    const { port } = await serve('--requirepass', 'another');
    const wrong = connect({ url: `redis://127.0.0.1:${port}`, password: SECRET });
    await shows(wrong, 'connecting', 'WRONGPASS: check REDIS_USERNAME and REDIS_PASSWORD');
    await shows(connect({ url: `redis://127.0.0.1:${port}` }), 'connecting', 'NOAUTH', 'REDIS_PASSWORD');
    const error = await connect({ url: `redis://:${SECRET}@127.0.0.1:${port}`, patienceMs: 200 })
      .sessions.get('s')
      .catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'unavailable', retryAfterMs: 1_000 });
    expect(String(error)).toContain('WRONGPASS');
  });

  it('says that a user lacks rights, and does not crash', async () => {
    const { port } = await serve('--user', 'stt', 'on', `>${SECRET}`, '~other:*', '+@all');
    const redis = connect({ url: `redis://stt:${SECRET}@127.0.0.1:${port}`, patienceMs: 300 });
    await shows(redis, 'connecting', 'NOPERM');
    await expect(redis.sessions.touch('s')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('says that nothing listens, and connects when something does', async () => {
    const port = await freePort();
    const redis = connect({ url: `redis://127.0.0.1:${port}`, patienceMs: 10_000 });
    await shows(redis, 'connecting', 'connection refused at 127.0.0.1', String(port));
    const opening = works(redis);
    servers.push(await startRedisServer({ port }));
    await redis.ready;
    await opening;
  });

  it('says that there is no such database instead of using another one', async () => {
    const { port } = await serve();
    const redis = connect({ url: `redis://127.0.0.1:${port}/99`, patienceMs: 500 });
    await shows(redis, 'connecting', 'no database of that number');
    await expect(redis.sessions.get('s')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('says that a server is a read-only replica, and works when it becomes the master', async () => {
    const replica = await serve('--replicaof', '127.0.0.1', String(await freePort()));
    const redis = connect({ url: replica.url });
    await shows(redis, 'connecting', 'read-only replica');
    const raw = new Redis({ port: replica.port });
    const opening = redis.sessions.open(specOf(newId('s'), 'tenant'), 'hash');
    await raw.replicaof('NO', 'ONE');
    await opening;
    await shows(redis, 'connected');
    raw.disconnect();
  });

  it('lets writes wait while Redis is out of memory, and says so', async () => {
    const server = await serve();
    const redis = connect({ url: server.url });
    await redis.ready;
    const raw = new Redis({ port: server.port });
    await raw.config('SET', 'maxmemory', '1');
    const opening = redis.sessions.open(specOf(newId('s'), 'tenant'), 'hash');
    await shows(redis, 'away', 'out of memory (OOM)');
    await raw.config('SET', 'maxmemory', '0');
    await opening;
    await shows(redis, 'connected');
    raw.disconnect();
  });

  it('says that a server belongs to a cluster, or that it does not', async () => {
    const node = await serve('--cluster-enabled', 'yes', '--cluster-port', String(await freePort()));
    await shows(connect({ url: node.url }), 'connecting', 'CLUSTERDOWN');
    const { port } = await serve();
    await shows(connect({ url: `redis+cluster://127.0.0.1:${port}` }), 'connecting', 'no cluster', 'redis://');
  });

  it('names the session whose record is damaged, and can erase it', async () => {
    const server = await serve();
    const redis = connect({ url: server.url });
    const spec = specOf(newId('s'), newId('tenant'));
    const id = spec.sessionId;
    await redis.sessions.open(spec, 'hash');
    await redis.sessions.claim(id, 'a');
    await redis.sessions.commit(id, 1, { final: finalOf(1), cursor: 1, state: state() });
    const raw = new Redis({ port: server.port });
    const key = `stt:stream:session:${id}`;
    const damaged = { code: 'internal', message: expect.stringContaining(id) };
    await raw.hset(key, 'f:1', '{"type":"fin', 'spec', '{"tenant":5}');
    await expect(redis.sessions.finals(id, 0)).rejects.toMatchObject(damaged);
    await expect(redis.sessions.get(id)).rejects.toMatchObject(damaged);
    await raw.hset(key, 'cursor', 'x');
    await expect(redis.sessions.commit(id, 1, { cursor: 2, state: state() })).rejects.toMatchObject(damaged);
    await expect(redis.sessions.claim(id, 'b')).rejects.toMatchObject(damaged);
    await redis.sessions.erase(id);
    await raw.set(key, 'no hash');
    await expect(redis.sessions.claim(id, 'b')).rejects.toMatchObject(damaged);
    raw.disconnect();
  });

  it('keeps keys only as long as their sessions, the list of a tenant a little longer', async () => {
    const server = await serve();
    const redis = connect({ url: server.url, ttlSeconds: 100 });
    const spec = specOf(newId('s'), 'tenant');
    await redis.sessions.open(spec, 'hash');
    const raw = new Redis({ port: server.port });
    expect(await raw.pttl(`stt:stream:session:${spec.sessionId}`)).toBeGreaterThan(99_000);
    expect(await raw.pttl(`stt:stream:session:${spec.sessionId}`)).toBeLessThanOrEqual(100_000);
    expect(await raw.pttl('stt:stream:sessions:tenant')).toBeGreaterThan(149_000);
    expect(await raw.pttl('stt:stream:sessions:tenant')).toBeLessThanOrEqual(150_000);
    raw.disconnect();
  });

  it('lists a session that has been active for longer than the list of its tenant would last', async () => {
    const server = await serve();
    const redis = connect({ url: server.url, ttlSeconds: 0.5 });
    const spec = specOf(newId('s'), 'tenant');
    await redis.sessions.open(spec, 'hash');
    const raw = new Redis({ port: server.port });
    for (let i = 0; i < 12; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      await redis.sessions.touch(spec.sessionId);
      // A list that was lost comes back by itself.
      if (i === 0) await raw.del('stt:stream:sessions:tenant');
    }
    expect((await redis.sessions.list('tenant', { limit: 5, after: null })).sessions).toHaveLength(1);
    raw.disconnect();
  });

  it('removes what is gone from the list of a tenant at openings', async () => {
    const server = await serve();
    const redis = connect({ url: server.url });
    const raw = new Redis({ port: server.port });
    for (let i = 0; i < 60; i++) {
      const spec = specOf(newId('s'), 'tenant');
      await redis.sessions.open(spec, 'hash');
      await raw.del(`stt:stream:session:${spec.sessionId}`);
    }
    expect(await raw.zcard('stt:stream:sessions:tenant')).toBeLessThan(15);
    const kept = specOf(newId('s'), 'tenant');
    await redis.sessions.open(kept, 'hash');
    expect((await redis.sessions.list('tenant', { limit: 1, after: null })).sessions).toHaveLength(1);
    expect(await raw.zcard('stt:stream:sessions:tenant')).toBe(1);
    raw.disconnect();
  });

  it('refuses options that can not work', () => {
    const create = (options: Partial<RedisStoresOptions>) => () =>
      createRedisStores({ url: 'redis://cache', name: 'n', ...options });
    expect(create({ url: 'nats://cache' })).toThrow(SttError);
    expect(create({ tls: {} })).toThrow('use rediss');
    expect(create({ username: 'stt' })).toThrow('user without a password');
    expect(create({ url: 'rediss://cache', tls: { caFile: '/no/such.pem' } })).toThrow(
      '"/no/such.pem", can\'t be read',
    );
    expect(create({ url: 'rediss://cache', tls: { certFile: 'x' } })).toThrow('needs its key');
  });

  describe('with TLS', () => {
    let dir = '';
    let tlsArgs: string[] = [];
    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'verbatim-tls-'));
      const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
      const request = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost`;
      const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
      spawnSync('openssl', [...request.split(' '), '-addext', names, '-keyout', key, '-out', cert]);
      tlsArgs = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert];
    });
    afterAll(() => rm(dir, { recursive: true, force: true }));

    it('works with a CA file and a client certificate, and says what fails without them', async () => {
      const port = await freePort();
      await serve('--port', '0', '--tls-port', String(port), ...tlsArgs);
      const [caFile, keyFile] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
      const url = `rediss://localhost:${port}`;
      await works(connect({ url, tls: { caFile, certFile: caFile, keyFile } }));
      await shows(connect({ url }), 'connecting', 'TLS failed', 'REDIS_TLS_CA');
      await shows(connect({ url: `redis://localhost:${port}` }), 'connecting', 'connection');
    });
  });
});
