export * from './audio-time.ts';
export * from './clock.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './ids.ts';
export * from './link-state.ts';
export * from './schemas.ts';
export * from './session-spec.ts';
