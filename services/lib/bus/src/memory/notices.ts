import type { Notices } from '../ports.ts';
import { SupersedingQueue } from '../superseding-queue.ts';
import { Topics } from './topics.ts';

/** Notices inside one process. */
export class MemoryNotices implements Notices {
  readonly #topics = new Topics<void>(() => new SupersedingQueue(() => true));

  /** Those who listen. */
  get size(): number {
    return this.#topics.size;
  }

  async tell(id: string): Promise<void> {
    this.#topics.publish(id, undefined);
  }

  async listen(id: string, signal: AbortSignal): Promise<AsyncIterable<void>> {
    return this.#topics.subscribe(id, signal);
  }

  /** Nobody listens any more. */
  close(): void {
    this.#topics.close();
  }
}
