const FIRST_MS = 500;
const MOST_MS = 15_000;
/** After this long a life, a death counts as the first again. */
const WELL_MS = 30_000;

/** How long to wait before each member that died is started again: doubling, so that one that can't live costs little. */
export class RestartBackoff {
  readonly #deaths = new Map<string, number>();

  /** Milliseconds to wait, after a member that lived for `livedMs`. */
  after(name: string, livedMs: number): number {
    const before = livedMs >= WELL_MS ? 0 : (this.#deaths.get(name) ?? 0);
    this.#deaths.set(name, before + 1);
    return Math.min(MOST_MS, FIRST_MS * 2 ** before);
  }
}
