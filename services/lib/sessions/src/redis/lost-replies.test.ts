import { createConnection } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { finalOf, newId, specOf, state } from '../contract/store-under-test.ts';
import { hasRedisServer, type RedisServer, startRedisServer } from '../testing/redis-server.ts';
import { startTcpProxy, type TcpProxy } from '../testing/tcp-proxy.ts';
import { createRedisSessionStore, type RedisSessionStore } from './session-store.ts';

describe.skipIf(!hasRedisServer())('a call whose reply is lost', () => {
  let server: RedisServer;
  let proxy: TcpProxy;
  let store: RedisSessionStore;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    proxy = await startTcpProxy(server.port);
    store = createRedisSessionStore({ url: `redis://127.0.0.1:${proxy.port}`, name: 'test' });
    await store.ready;
    // Every script is known to the server before, so that the call under test is one packet.
    const id = await open();
    await store.attach(id, 'door');
    const grant = await store.claim(id, 'a');
    await store.commit(id, grant?.epoch ?? 0, { cursor: 1, state: state(1) });
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await proxy.stop();
  });

  const open = async (): Promise<string> => {
    const spec = specOf(newId('s'), newId('tenant'));
    await store.open(spec, 'hash');
    return spec.sessionId;
  };
  const losing = async <T>(call: () => Promise<T>): Promise<T> => {
    proxy.loseNextReply();
    const result = call();
    await proxy.lost();
    return result;
  };
  /** Sends the request whose reply was lost once more, as a dead connection's last packet would. */
  const late = async (request: Buffer): Promise<void> => {
    const socket = createConnection({ host: '127.0.0.1', port: server.port });
    socket.write(request);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
  };

  it('opens a session once, without finding it in use', async () => {
    const spec = specOf(newId('s'), newId('tenant'));
    await losing(() => store.open(spec, 'hash', 'door'));
    expect(await store.get(spec.sessionId)).toMatchObject({ spec, door: 'door' });
    expect((await store.list(spec.tenant, { limit: 5, after: null })).sessions).toHaveLength(1);
    await expect(store.open(spec, 'hash')).rejects.toMatchObject({ code: 'session_exists' });
  });

  it('claims once, and the grant is one that may commit', async () => {
    const id = await open();
    const grant = await losing(() => store.claim(id, 'a'));
    expect(grant).toMatchObject({ epoch: 1, attempts: 1 });
    expect(await store.commit(id, 1, { cursor: 5, state: state(1) })).toBe('ok');
  });

  it('commits once', async () => {
    const id = await open();
    await store.claim(id, 'a');
    expect(await losing(() => store.commit(id, 1, { final: finalOf(1), cursor: 5, state: state(1) }))).toBe('ok');
    expect(await store.commit(id, 1, { final: finalOf(2), cursor: 9, state: state(2) })).toBe('ok');
    expect(await store.finals(id, 0)).toEqual([finalOf(1), finalOf(2)]);
  });

  it('answers ok for a commit that was written, although the session has been closed since', async () => {
    const id = await open();
    await store.claim(id, 'a');
    const other = createRedisSessionStore({ url: server.url, name: 'other' });
    await other.ready;
    proxy.loseNextReply();
    const commit = store.commit(id, 1, { final: finalOf(1), cursor: 5, state: state(1) });
    await proxy.lost();
    await other.close(id, 'limit');
    expect(await commit).toBe('ok');
    await other[Symbol.asyncDispose]();
  });

  it('changes nothing when it comes a last time after later calls', async () => {
    const id = await open();
    await losing(() => store.attach(id, 'door-1'));
    const attach = proxy.lastRequest();
    await store.attach(id, 'door-2');
    await losing(() => store.claim(id, 'a'));
    const claim = proxy.lastRequest();
    await store.claim(id, 'b');
    await losing(() => store.commit(id, 2, { cursor: 5, state: state(1) }));
    const commit = proxy.lastRequest();
    await store.commit(id, 2, { cursor: 5, state: state(2) });
    const before = await store.get(id);
    for (const request of [attach, claim, commit]) {
      expect(request.toString('latin1')).toContain(id);
      await late(request);
    }
    expect(await store.get(id)).toEqual(before);
    expect(before).toMatchObject({ door: 'door-2', owner: 'b', epoch: 2 });
    expect(await store.claim(id, 'c')).toMatchObject({ epoch: 3, state: state(2), attempts: 1 });
  });
});
