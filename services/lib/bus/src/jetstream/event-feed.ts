import type { Msg } from '@nats-io/transport-node';
import { type SessionEvent, sessionEventSchema, type TraceContext } from '@verbatim/contracts';
import type { z } from 'zod';
import { EventQueue } from '../event-queue.ts';
import type { Control, EventFeed } from '../ports.ts';
import { SupersedingQueue } from '../superseding-queue.ts';
import { fillQueue } from './fill-queue.ts';
import type { NatsLink } from './link.ts';
import { controlSubject, eventSubject } from './names.ts';
import { traceHeaders, traceOf } from './trace-headers.ts';
import { controlSchema, parseJson } from './wire-schemas.ts';

/**
 * The event feed over core NATS. What is published while NATS is away is dropped: finals and answers are in the session
 * store, and the rest is worthless soon.
 */
export class JetStreamEventFeed implements EventFeed {
  readonly #link: NatsLink;

  constructor(link: NatsLink) {
    this.#link = link;
  }

  async publish(sessionId: string, event: SessionEvent): Promise<void> {
    const { trace, event: message } = withoutTrace(event);
    this.#publish(eventSubject(sessionId), message, trace);
  }

  subscribe(sessionId: string, signal: AbortSignal): Promise<AsyncIterable<SessionEvent>> {
    return this.#subscribe(eventSubject(sessionId), sessionEventSchema, new EventQueue(), signal, withTrace);
  }

  async control(sessionId: string, message: Control): Promise<void> {
    this.#publish(controlSubject(sessionId), message);
  }

  subscribeControl(sessionId: string, signal: AbortSignal): Promise<AsyncIterable<Control>> {
    const queue = new SupersedingQueue<Control>(
      (newer, older) => newer.type === 'keep_alive' && older.type === 'keep_alive',
    );
    return this.#subscribe(controlSubject(sessionId), controlSchema, queue, signal);
  }

  #publish(subject: string, message: SessionEvent | Control, trace?: TraceContext): void {
    this.#link.publish(subject, JSON.stringify(message), trace && traceHeaders(trace));
  }

  #subscribe<T>(
    subject: string,
    schema: z.ZodType<T>,
    queue: SupersedingQueue<T>,
    signal: AbortSignal,
    complete: (parsed: T, message: Msg) => T = (parsed) => parsed,
  ): Promise<AsyncIterable<T>> {
    const onMessage = (message: Msg) => {
      const parsed = parseJson(schema, message.data);
      if (parsed !== null) queue.push(complete(parsed, message));
    };
    return fillQueue(this.#link, subject, onMessage, queue, signal);
  }
}

/** A final's trace travels in the headers, where other programs look for it. */
const withoutTrace = (event: SessionEvent): { readonly event: SessionEvent; readonly trace?: TraceContext } => {
  if (event.type !== 'final' || event.passage?.trace === undefined) return { event };
  const { trace, ...passage } = event.passage;
  return { event: { ...event, passage }, trace };
};

const withTrace = (event: SessionEvent, message: Msg): SessionEvent => {
  const trace = event.type === 'final' && event.passage !== undefined ? traceOf(message) : undefined;
  if (event.type !== 'final' || event.passage === undefined || trace === undefined) return event;
  return { ...event, passage: { ...event.passage, trace } };
};
