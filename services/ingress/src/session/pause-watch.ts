import type { Clock } from '@verbatim/contracts';

/** How long a suspected pause is looked at again: what waits in a socket after this process stood still comes first. */
const CONFIRM_MS = 100;

export interface PauseWatchOptions {
  readonly clock: Clock;
  /** Milliseconds without audio that make a pause. */
  readonly pauseMs: number;
  /** When audio was last taken in or moved on; null while some is waiting or the client is held back. */
  readonly activeAt: () => number | null;
  /** The client pauses. Called once for each pause. */
  readonly onPause: () => void;
}

/**
 * Notices that a client which is there has stopped sending, as many do when their speaker stops. The audio alone does
 * not show that: the decision is made here, once, and written into the audio log, so that every replay sees the same.
 */
export class PauseWatch {
  readonly #options: PauseWatchOptions;
  #cancel: (() => void) | null = null;

  constructor(options: PauseWatchOptions) {
    this.#options = options;
  }

  /** Audio came. */
  audio(): void {
    this.#cancel ??= this.#after(this.#options.pauseMs);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #after(waitMs: number, suspected = false): () => void {
    return this.#options.clock.after(waitMs, () => {
      const { clock, pauseMs, activeAt } = this.#options;
      const since = activeAt();
      const leftMs = since === null ? pauseMs : pauseMs - (clock.now() - since);
      if (leftMs > 0) this.#cancel = this.#after(leftMs);
      else if (!suspected) this.#cancel = this.#after(CONFIRM_MS, true);
      else {
        this.#cancel = null;
        this.#options.onPause();
      }
    });
  }
}
