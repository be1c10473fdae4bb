export * from './memory/session-store.ts';
export * from './ports.ts';
export { createRedisSessionStore, type RedisSessionStore, type RedisStoreOptions } from './redis/session-store.ts';
