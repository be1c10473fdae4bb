export * from './event-queue.ts';
export * from './memory/memory-bus.ts';
export * from './ports.ts';
export * from './slot-pool.ts';
export * from './superseding-queue.ts';
