export * from './memory/session-store.ts';
export * from './ports.ts';
