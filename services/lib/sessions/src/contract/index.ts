export * from './job-store-contract.ts';
export type { JobStoreUnderTest } from './job-store-under-test.ts';
export * from './session-store-contract.ts';
export type { StoreUnderTest } from './store-under-test.ts';
