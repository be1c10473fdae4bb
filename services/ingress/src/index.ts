export * from './door-metrics.ts';
export * from './grpc/proto.ts';
export * from './ingress.ts';
export * from './session/live-session.ts';
export * from './session/live-sessions.ts';
export * from './session/options.ts';
export * from './session/request.ts';
export * from './session-settings.ts';
