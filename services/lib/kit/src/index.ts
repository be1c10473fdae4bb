export * from './cache-dir.ts';
export * from './config.ts';
export * from './env.ts';
export * from './health.ts';
export * from './listen-error.ts';
export * from './logger.ts';
export * from './metrics.ts';
export * from './shutdown.ts';
