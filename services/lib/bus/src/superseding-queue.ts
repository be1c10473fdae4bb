/**
 * A queue between a producer that never waits and one slow consumer. A new item removes the unread items that it makes
 * worthless, so what is read is always a subsequence of what was pushed, in its order.
 */
export class SupersedingQueue<T> implements AsyncIterable<T> {
  #items: T[] = [];
  #ended = false;
  #wake: (() => void) | null = null;
  readonly #supersedes: (newer: T, older: T) => boolean;

  /** `supersedes(newer, older)` says that nobody needs to read `older` once `newer` is here. */
  constructor(supersedes: (newer: T, older: T) => boolean) {
    this.#supersedes = supersedes;
  }

  /** Unread items. */
  get size(): number {
    return this.#items.length;
  }

  /** Adds an item without ever waiting; ignored after `end` or `discard`. */
  push(item: T): void {
    if (this.#ended) return;
    if (this.#items.length > 0) this.#items = this.#items.filter((older) => !this.#supersedes(item, older));
    this.#items.push(item);
    this.#notify();
  }

  /** Takes no more items; the consumer reads what is left and then stops. */
  end(): void {
    this.#ended = true;
    this.#notify();
  }

  /** Drops what is unread and stops the consumer at once. */
  discard(): void {
    this.#items = [];
    this.end();
  }

  /** For one consumer. Leaving the loop drops nothing: a later loop goes on with the next unread item. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    while (true) {
      if (this.#items.length > 0) yield this.#items.shift() as T;
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
