/** Values from one side, read in order by one reader on the other; what was pushed before an end or a failure is still read. */
export class AsyncQueue<T> implements AsyncIterable<T> {
  #values: T[] = [];
  #over: { readonly error?: unknown } | null = null;
  #wake = () => {};

  push(value: T): void {
    if (this.#over !== null) return;
    this.#values.push(value);
    this.#wake();
  }

  end(): void {
    this.#over ??= {};
    this.#wake();
  }

  fail(error: unknown): void {
    this.#over ??= { error };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      while (this.#values.length > 0) yield this.#values.shift()!;
      if (this.#over !== null) {
        if ('error' in this.#over) throw this.#over.error;
        return;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
