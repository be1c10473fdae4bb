/** The bytes of `content` in pieces of `size`, the last one shorter; none is a view of what `content` gave. */
export async function* chunksOf(content: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let chunk = new Uint8Array(size);
  let filled = 0;
  for await (const piece of content) {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + size - filled);
      chunk.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < size) continue;
      yield chunk;
      chunk = new Uint8Array(size);
      filled = 0;
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}

/**
 * Up to `width` calls at a time, their results in the order in which they were started. Who stops because one failed
 * settles the rest first.
 */
export class Pipeline<T> {
  readonly #width: number;
  readonly #running: Promise<T>[] = [];

  constructor(width: number) {
    this.#width = width;
  }

  get isFull(): boolean {
    return this.#running.length >= this.#width;
  }

  get isEmpty(): boolean {
    return this.#running.length === 0;
  }

  start(call: Promise<T>): void {
    // It is handled when it is its turn; until then it must not count as unhandled.
    call.catch(() => {});
    this.#running.push(call);
  }

  /** The oldest call's outcome. */
  async next(): Promise<T> {
    const oldest = this.#running.shift();
    if (oldest === undefined) throw new Error('No call is running.');
    return await oldest;
  }

  /** Resolves when every call has come to its end, whatever it was. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#running.splice(0));
  }
}
