import type { SpanAttributes } from './tracing.ts';

/** What is done with a message, and of which type OpenTelemetry's conventions take that to be. */
const TYPES = { publish: 'send', receive: 'receive', process: 'process' } as const;

/**
 * Attributes of a span that moves a message (https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/).
 * @param system what moves it, by OpenTelemetry's name
 * @param destination the common part of the subjects that such messages go to: none names a session
 */
export const messaging = (system: string, operation: keyof typeof TYPES, destination: string): SpanAttributes => ({
  'messaging.system': system,
  'messaging.operation.name': operation,
  'messaging.operation.type': TYPES[operation],
  'messaging.destination.name': destination,
});
