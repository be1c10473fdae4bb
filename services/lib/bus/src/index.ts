export * from './event-queue.ts';
export { createJetStreamBus, type JetStreamBus } from './jetstream/jetstream-bus.ts';
export { laneToken } from './jetstream/names.ts';
export type { JetStreamBusOptions } from './jetstream/options.ts';
export * from './memory/memory-bus.ts';
export * from './ports.ts';
export * from './slot-pool.ts';
export * from './superseding-queue.ts';
