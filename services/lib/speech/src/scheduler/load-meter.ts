/** How quickly the measured load follows the real one. */
const TIME_CONSTANT_MS = 2_000;

/** Partials come this often while there is room, and this rarely before they stop. */
export const FASTEST_CADENCE_MS = 200;
export const SLOWEST_CADENCE_MS = 2_000;
/** Share of the workers' time in use up to which partials keep their full pace, and at which they are slowest. */
const RELAXED = 0.4;
const STRAINED = 0.9;

/** Milliseconds between two partials of a session at a load of 0 to 1. */
export function cadenceMs(load: number): number {
  const strain = Math.min(1, Math.max(0, (load - RELAXED) / (STRAINED - RELAXED)));
  return FASTEST_CADENCE_MS * (SLOWEST_CADENCE_MS / FASTEST_CADENCE_MS) ** strain;
}

/** The share of decode workers in use, smoothed over about two seconds. Takes its time as an argument. */
export class LoadMeter {
  readonly #workers: number;
  #busy = 0;
  #load = 0;
  #since: number;

  constructor(workers: number, now: number) {
    this.#workers = workers;
    this.#since = now;
  }

  began(now: number): void {
    this.#advance(now);
    this.#busy++;
  }

  finished(now: number): void {
    this.#advance(now);
    this.#busy--;
  }

  load(now: number): number {
    this.#advance(now);
    return this.#load;
  }

  #advance(now: number): void {
    const keep = Math.exp(-(now - this.#since) / TIME_CONSTANT_MS);
    this.#load = keep * this.#load + (1 - keep) * (this.#busy / this.#workers);
    this.#since = now;
  }
}
