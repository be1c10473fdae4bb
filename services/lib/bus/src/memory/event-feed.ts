import type { SessionEvent } from '@verbatim/contracts';
import { EventQueue } from '../event-queue.ts';
import type { Control, EventFeed } from '../ports.ts';
import { SupersedingQueue } from '../superseding-queue.ts';

/** The event feed inside one process. */
export class MemoryEventFeed implements EventFeed {
  readonly #events = new Topics<SessionEvent>(() => new EventQueue());
  readonly #controls = new Topics<Control>(
    () => new SupersedingQueue((newer, older) => newer.type === 'keep_alive' && older.type === 'keep_alive'),
  );

  /** Live subscriptions, both directions. */
  get size(): number {
    return this.#events.size + this.#controls.size;
  }

  async publish(sessionId: string, event: SessionEvent): Promise<void> {
    this.#events.publish(sessionId, event);
  }

  async subscribe(sessionId: string, signal: AbortSignal): Promise<AsyncIterable<SessionEvent>> {
    return this.#events.subscribe(sessionId, signal);
  }

  async control(sessionId: string, message: Control): Promise<void> {
    this.#controls.publish(sessionId, message);
  }

  async subscribeControl(sessionId: string, signal: AbortSignal): Promise<AsyncIterable<Control>> {
    return this.#controls.subscribe(sessionId, signal);
  }

  /** Ends every subscription. */
  close(): void {
    this.#events.close();
    this.#controls.close();
  }
}

/** Subscribers by session. */
class Topics<T> {
  readonly #subscribers = new Map<string, Set<SupersedingQueue<T>>>();
  readonly #newQueue: () => SupersedingQueue<T>;

  constructor(newQueue: () => SupersedingQueue<T>) {
    this.#newQueue = newQueue;
  }

  get size(): number {
    let size = 0;
    for (const queues of this.#subscribers.values()) size += queues.size;
    return size;
  }

  publish(sessionId: string, item: T): void {
    for (const queue of this.#subscribers.get(sessionId) ?? []) queue.push(item);
  }

  subscribe(sessionId: string, signal: AbortSignal): AsyncIterable<T> {
    const queue = this.#newQueue();
    if (signal.aborted) {
      queue.end();
      return queue;
    }
    const queues = this.#subscribers.get(sessionId) ?? new Set();
    this.#subscribers.set(sessionId, queues.add(queue));
    signal.addEventListener('abort', () => this.#unsubscribe(sessionId, queue), { once: true });
    return queue;
  }

  close(): void {
    for (const [sessionId, queues] of [...this.#subscribers]) {
      for (const queue of [...queues]) this.#unsubscribe(sessionId, queue);
    }
  }

  #unsubscribe(sessionId: string, queue: SupersedingQueue<T>): void {
    queue.discard();
    const queues = this.#subscribers.get(sessionId);
    if (queues?.delete(queue) && queues.size === 0) this.#subscribers.delete(sessionId);
  }
}
