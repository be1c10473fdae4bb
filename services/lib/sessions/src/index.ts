export type { MemoryJobStore } from './memory/job-store.ts';
export type { MemorySessionStore } from './memory/session-store.ts';
export * from './memory/stores.ts';
export * from './ports.ts';
export { createRedisStores, type RedisStores, type RedisStoresOptions } from './redis/stores.ts';
export { type StoreObserver, timedStore } from './timed-store.ts';
