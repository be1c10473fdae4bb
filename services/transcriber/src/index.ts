export type { SessionObserver } from './session-run.ts';
export * from './transcriber.ts';
