import { forget, type Remembered, readRemembered, remember } from './remembered.ts';

/**
 * The jobs that this page made, newest first. Read anew before each change: other tabs write there, too. Where the browser
 * stores nothing (private windows, a full disk), nothing is remembered.
 */
export class JobMemory {
  readonly #storage: Pick<Storage, 'getItem' | 'setItem'> | null;
  readonly #key: string;

  /** @param key where in the storage */
  constructor(storage: Pick<Storage, 'getItem' | 'setItem'> | null, key: string) {
    this.#storage = storage;
    this.#key = key;
  }

  all(): readonly Remembered[] {
    return readRemembered(this.#storage?.getItem(this.#key) ?? null);
  }

  add(job: Remembered): void {
    this.#write(remember(this.all(), job));
  }

  remove(jobId: string): void {
    this.#write(forget(this.all(), jobId));
  }

  #write(list: readonly Remembered[]): void {
    try {
      this.#storage?.setItem(this.#key, JSON.stringify(list));
    } catch {
      // Full: the page works without.
    }
  }
}
