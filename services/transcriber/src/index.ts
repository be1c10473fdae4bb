export * from './engine-health.ts';
export * from './load-engine.ts';
export type { SessionObserver } from './session-run.ts';
export * from './transcriber.ts';
export * from './transcriber-metrics.ts';
