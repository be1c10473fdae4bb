import { createHash } from 'node:crypto';
import { type FileKind, sniff } from '@verbatim/audio';
import { type Clock, SttError } from '@verbatim/contracts';

/** Enough of a file to tell what it is. */
const HEAD_BYTES = 4_100;

/** What is known of a file once all of it has come. */
export interface Received {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  readonly kind: FileKind;
}

/**
 * Passes an upload on as it comes, and knows afterwards what it was.
 * @param idleMs nothing for this long ends it with SttError `idle_timeout`
 */
export class Receiver {
  readonly #content: AsyncIterable<Uint8Array>;
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #hash = createHash('sha256');
  readonly #head: Uint8Array[] = [];
  #bytes = 0;

  constructor(content: AsyncIterable<Uint8Array>, clock: Clock, idleMs: number) {
    this.#content = content;
    this.#clock = clock;
    this.#idleMs = idleMs;
  }

  /** For one reader. */
  async *pass(): AsyncGenerator<Uint8Array, void, undefined> {
    const chunks = this.#content[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.#inTime(chunks.next());
        if (done === true) return;
        if (this.#bytes < HEAD_BYTES) this.#head.push(value.slice(0, HEAD_BYTES - this.#bytes));
        this.#bytes += value.length;
        this.#hash.update(value);
        yield value;
      }
    } finally {
      // Not waited for: a client that hangs would keep its source from ending.
      void chunks.return?.().catch(() => {});
    }
  }

  /** Once everything has passed. @throws SttError `invalid_argument` for an empty file. */
  result(): Received {
    if (this.#bytes === 0) throw new SttError('invalid_argument', 'The file is empty.', { field: 'file' });
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex'), kind: sniff(Buffer.concat(this.#head)) };
  }

  async #inTime<T>(next: Promise<T>): Promise<T> {
    let stopTimer = () => {};
    const late = new Promise<never>((_resolve, reject) => {
      stopTimer = this.#clock.after(this.#idleMs, () => {
        reject(new SttError('idle_timeout', `Nothing of the file came for ${this.#idleMs / 1000} s; upload it again.`));
      });
    });
    try {
      return await Promise.race([next, late]);
    } finally {
      stopTimer();
      // The loser of the race has nobody else to hear it.
      next.catch(() => {});
    }
  }
}
