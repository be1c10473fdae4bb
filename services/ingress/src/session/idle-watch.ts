import type { Clock } from '@verbatim/contracts';

export interface IdleWatchOptions {
  readonly clock: Clock;
  /** Milliseconds without a sign of life after which the client counts as idle. */
  readonly timeoutMs: number;
  /** When the client last showed life; now, while it is held back. */
  readonly activeAt: () => number;
  readonly onIdle: () => void;
}

/** Notices that a client that is connected has said nothing for too long. */
export class IdleWatch {
  readonly #options: IdleWatchOptions;
  #cancel: () => void;

  constructor(options: IdleWatchOptions) {
    this.#options = options;
    this.#cancel = this.#after(options.timeoutMs);
  }

  stop(): void {
    this.#cancel();
  }

  #after(waitMs: number): () => void {
    return this.#options.clock.after(waitMs, () => {
      const { clock, timeoutMs, activeAt, onIdle } = this.#options;
      const leftMs = timeoutMs - (clock.now() - activeAt());
      if (leftMs > 0) this.#cancel = this.#after(leftMs);
      else onIdle();
    });
  }
}
