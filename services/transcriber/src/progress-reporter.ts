import type { Clock } from '@verbatim/contracts';

/** Doors wait for progress to let their clients send more, so it comes often, but not with every chunk. */
const INTERVAL_MS = 100;

/** Calls `report` within an interval of each `soon`, and again at each interval while it returns true. */
export class ProgressReporter {
  readonly #clock: Clock;
  readonly #report: () => boolean;
  #cancel: (() => void) | undefined;
  #stopped = false;

  /** @param report tells how far things are; true if they are still behind */
  constructor(clock: Clock, report: () => boolean) {
    this.#clock = clock;
    this.#report = report;
  }

  soon(): void {
    if (!this.#stopped) this.#cancel ??= this.#clock.after(INTERVAL_MS, () => this.#tick());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #tick(): void {
    this.#cancel = undefined;
    if (this.#report()) this.soon();
  }
}
