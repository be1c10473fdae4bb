import type { SupersedingQueue } from '../superseding-queue.ts';

/** Subscribers by the id that they want to hear of. */
export class Topics<T> {
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

  publish(id: string, item: T): void {
    for (const queue of this.#subscribers.get(id) ?? []) queue.push(item);
  }

  subscribe(id: string, signal: AbortSignal): AsyncIterable<T> {
    const queue = this.#newQueue();
    if (signal.aborted) {
      queue.end();
      return queue;
    }
    const queues = this.#subscribers.get(id) ?? new Set();
    this.#subscribers.set(id, queues.add(queue));
    signal.addEventListener('abort', () => this.#unsubscribe(id, queue), { once: true });
    return queue;
  }

  close(): void {
    for (const [id, queues] of [...this.#subscribers]) {
      for (const queue of [...queues]) this.#unsubscribe(id, queue);
    }
  }

  #unsubscribe(id: string, queue: SupersedingQueue<T>): void {
    queue.discard();
    const queues = this.#subscribers.get(id);
    if (queues?.delete(queue) && queues.size === 0) this.#subscribers.delete(id);
  }
}
