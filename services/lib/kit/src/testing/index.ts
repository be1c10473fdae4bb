export * from './program.ts';
export * from './recorded-tracing.ts';
