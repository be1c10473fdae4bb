import type { SessionEvent } from '@verbatim/contracts';
import { EventQueue } from '../event-queue.ts';
import type { Control, EventFeed } from '../ports.ts';
import { SupersedingQueue } from '../superseding-queue.ts';
import { Topics } from './topics.ts';

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
