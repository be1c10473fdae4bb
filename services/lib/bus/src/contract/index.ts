export * from './audio-log-contract.ts';
export * from './bus-under-test.ts';
export * from './claim-queue-contract.ts';
export * from './doors-contract.ts';
export * from './event-feed-contract.ts';
export * from './notices-contract.ts';
export * from './object-store-contract.ts';
