/** Counted room for sessions. `size` may change at run time; shrinking takes effect as slots come back. */
export class SlotPool {
  #size: number;
  #used = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  get used(): number {
    return this.#used;
  }

  get free(): number {
    return Math.max(0, this.#size - this.#used);
  }

  resize(size: number): void {
    this.#size = size;
    this.#wake();
  }

  /** Waits for a free slot and takes it; rejects with the signal's reason when it aborts first. */
  acquire(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#used < this.#size) {
      this.#used++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const grant = () => {
        signal.removeEventListener('abort', abandon);
        resolve();
      };
      const abandon = () => {
        this.#waiting.splice(this.#waiting.indexOf(grant), 1);
        reject(signal.reason);
      };
      this.#waiting.push(grant);
      signal.addEventListener('abort', abandon, { once: true });
    });
  }

  release(): void {
    if (this.#used === 0) throw new Error('A slot was released that nobody held.');
    this.#used--;
    this.#wake();
  }

  #wake(): void {
    while (this.#used < this.#size) {
      const grant = this.#waiting.shift();
      if (grant === undefined) return;
      this.#used++;
      grant();
    }
  }
}
