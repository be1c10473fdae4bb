import type { Msg } from '@nats-io/transport-node';
import { type SessionEvent, sessionEventSchema } from '@verbatim/contracts';
import type { z } from 'zod';
import { EventQueue } from '../event-queue.ts';
import type { Control, EventFeed } from '../ports.ts';
import { SupersedingQueue } from '../superseding-queue.ts';
import { fillQueue } from './fill-queue.ts';
import type { NatsLink } from './link.ts';
import { controlSubject, eventSubject } from './names.ts';
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
    this.#publish(eventSubject(sessionId), event);
  }

  subscribe(sessionId: string, signal: AbortSignal): Promise<AsyncIterable<SessionEvent>> {
    return this.#subscribe(eventSubject(sessionId), sessionEventSchema, new EventQueue(), signal);
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

  #publish(subject: string, message: SessionEvent | Control): void {
    this.#link.publish(subject, JSON.stringify(message));
  }

  #subscribe<T>(
    subject: string,
    schema: z.ZodType<T>,
    queue: SupersedingQueue<T>,
    signal: AbortSignal,
  ): Promise<AsyncIterable<T>> {
    const onMessage = ({ data }: Msg) => {
      const message = parseJson(schema, data);
      if (message !== null) queue.push(message);
    };
    return fillQueue(this.#link, subject, onMessage, queue, signal);
  }
}
