export * from './decode/index.ts';
export * from './jobs/media-worker.ts';
export * from './jobs/open-upload.ts';
export * from './media-health.ts';
export * from './media-metrics.ts';
export * from './media-settings.ts';
