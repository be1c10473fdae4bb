export * from './manual-clock.ts';
export * from './session-store-contract.ts';
