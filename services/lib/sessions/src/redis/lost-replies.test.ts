import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { finalOf, newId, specOf, state } from '../contract/store-under-test.ts';
import { hasRedisServer, type RedisServer, startRedisServer } from '../testing/redis-server.ts';
import { losing, sendLate, startTcpProxy, type TcpProxy } from '../testing/tcp-proxy.ts';
import { createRedisStores, type RedisStores } from './stores.ts';

describe.skipIf(!hasRedisServer())('a call whose reply is lost', () => {
  let server: RedisServer;
  let proxy: TcpProxy;
  let redis: RedisStores;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    proxy = await startTcpProxy(server.port);
    redis = createRedisStores({ url: `redis://127.0.0.1:${proxy.port}`, name: 'test' });
    await redis.ready;
    // Every script is known to the server before, so that the call under test is one packet.
    const id = await open();
    await redis.sessions.attach(id, 'door');
    const grant = await redis.sessions.claim(id, 'a');
    await redis.sessions.commit(id, grant?.epoch ?? 0, { cursor: 1, state: state(1) });
  });
  afterEach(async () => {
    await redis[Symbol.asyncDispose]();
    await proxy.stop();
  });

  const open = async (): Promise<string> => {
    const spec = specOf(newId('s'), newId('tenant'));
    await redis.sessions.open(spec, 'hash');
    return spec.sessionId;
  };
  const late = (request: Buffer): Promise<void> => sendLate(server.port, request);

  it('opens a session once, without finding it in use', async () => {
    const spec = specOf(newId('s'), newId('tenant'));
    await losing(proxy, () => redis.sessions.open(spec, 'hash', 'door'));
    expect(await redis.sessions.get(spec.sessionId)).toMatchObject({ spec, door: 'door' });
    expect((await redis.sessions.list(spec.tenant, { limit: 5, after: null })).sessions).toHaveLength(1);
    await expect(redis.sessions.open(spec, 'hash')).rejects.toMatchObject({ code: 'session_exists' });
  });

  it('claims once, and the grant is one that may commit', async () => {
    const id = await open();
    const grant = await losing(proxy, () => redis.sessions.claim(id, 'a'));
    expect(grant).toMatchObject({ epoch: 1, attempts: 1 });
    expect(await redis.sessions.commit(id, 1, { cursor: 5, state: state(1) })).toBe('ok');
  });

  it('commits once', async () => {
    const id = await open();
    await redis.sessions.claim(id, 'a');
    expect(
      await losing(proxy, () => redis.sessions.commit(id, 1, { final: finalOf(1), cursor: 5, state: state(1) })),
    ).toBe('ok');
    expect(await redis.sessions.commit(id, 1, { final: finalOf(2), cursor: 9, state: state(2) })).toBe('ok');
    expect(await redis.sessions.finals(id, 0)).toEqual([finalOf(1), finalOf(2)]);
  });

  it('answers ok for a commit that was written, although the session has been closed since', async () => {
    const id = await open();
    await redis.sessions.claim(id, 'a');
    const other = createRedisStores({ url: server.url, name: 'other' });
    await other.ready;
    proxy.loseNextReply();
    const commit = redis.sessions.commit(id, 1, { final: finalOf(1), cursor: 5, state: state(1) });
    await proxy.lost();
    await other.sessions.close(id, 'limit');
    expect(await commit).toBe('ok');
    await other[Symbol.asyncDispose]();
  });

  it('changes nothing when it comes a last time after later calls', async () => {
    const id = await open();
    await losing(proxy, () => redis.sessions.attach(id, 'door-1'));
    const attach = proxy.lastRequest();
    await redis.sessions.attach(id, 'door-2');
    await losing(proxy, () => redis.sessions.claim(id, 'a'));
    const claim = proxy.lastRequest();
    await redis.sessions.claim(id, 'b');
    await losing(proxy, () => redis.sessions.commit(id, 2, { cursor: 5, state: state(1) }));
    const commit = proxy.lastRequest();
    await redis.sessions.commit(id, 2, { cursor: 5, state: state(2) });
    const before = await redis.sessions.get(id);
    for (const request of [attach, claim, commit]) {
      expect(request.toString('latin1')).toContain(id);
      await late(request);
    }
    expect(await redis.sessions.get(id)).toEqual(before);
    expect(before).toMatchObject({ door: 'door-2', owner: 'b', epoch: 2 });
    expect(await redis.sessions.claim(id, 'c')).toMatchObject({ epoch: 3, state: state(2), attempts: 1 });
  });
});
