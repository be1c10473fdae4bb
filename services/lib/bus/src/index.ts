export * from './ports.ts';
export * from './slot-pool.ts';
