/** Of one message, this many come through in a window; the others are counted. */
const BURST = 10;
const WINDOW_MS = 10_000;
/** Different messages that are watched at a time; beyond, what began first is forgotten. */
const MOST_KEYS = 500;

interface Seen {
  readonly since: number;
  passed: number;
  held: number;
  /** Says how many were held back. */
  tell: (held: number) => void;
}

/** Lets the first repeats of a message through and counts the others, so that one fault cannot fill the log. */
export class RepeatLimiter {
  readonly #now: () => number;
  readonly #after: (ms: number, run: () => void) => void;
  readonly #seen = new Map<string, Seen>();

  constructor(
    now: () => number = () => performance.now(),
    after: (ms: number, run: () => void) => void = (ms, run) => void setTimeout(run, ms).unref(),
  ) {
    this.#now = now;
    this.#after = after;
  }

  /**
   * Whether a message comes through.
   * @param key what makes two messages the same
   * @param tell is called when the window is over, if any were held back; the latest counts
   */
  passes(key: string, tell: (held: number) => void): boolean {
    const now = this.#now();
    let seen = this.#seen.get(key);
    if (seen === undefined || now - seen.since >= WINDOW_MS) {
      seen = { since: now, passed: 0, held: 0, tell };
      this.#remember(key, seen);
    }
    seen.tell = tell;
    if (seen.passed < BURST) {
      seen.passed++;
      return true;
    }
    seen.held++;
    if (seen.held === 1) this.#endLater(key, seen, WINDOW_MS - (now - seen.since));
    return false;
  }

  #remember(key: string, seen: Seen): void {
    this.#seen.delete(key);
    this.#seen.set(key, seen);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > MOST_KEYS && oldest !== undefined) this.#seen.delete(oldest);
  }

  #endLater(key: string, seen: Seen, ms: number): void {
    this.#after(ms, () => {
      if (this.#seen.get(key) === seen) this.#seen.delete(key);
      seen.tell(seen.held);
    });
  }
}
