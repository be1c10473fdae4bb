/** Handles items one after another in the order of push. After a failure the rest is dropped. */
export class SerialQueue<T> {
  readonly #handle: (item: T) => Promise<void>;
  readonly #onError: (error: Error) => void;
  readonly #items: T[] = [];
  #working: Promise<void> | undefined;

  constructor(handle: (item: T) => Promise<void>, onError: (error: Error) => void) {
    this.#handle = handle;
    this.#onError = onError;
  }

  push(item: T): void {
    this.#items.push(item);
    this.#working ??= this.#work();
  }

  /** Resolves when nothing is left to handle. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    try {
      for (let item = this.#items.shift(); item !== undefined; item = this.#items.shift()) await this.#handle(item);
    } catch (error) {
      this.#items.length = 0;
      this.#onError(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#working = undefined;
    }
  }
}
