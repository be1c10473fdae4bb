import { afterAll, beforeAll, describe } from 'vitest';
import { sessionStoreContract } from '../contract/session-store-contract.ts';
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
});
