/** Answered ids to remember: a takeover answers again within seconds, so a few are enough. */
const REMEMBERED = 256;

/** Which finalize requests still wait for their `flushed`, so that each is answered exactly once. */
export class FlushLedger {
  readonly #origin: 'opened_here' | 'from_elsewhere';
  readonly #pending = new Set<string>();
  readonly #answered = new Set<string>();

  /** `origin`: whether every request of the session comes through this ledger. */
  constructor(origin: 'opened_here' | 'from_elsewhere') {
    this.#origin = origin;
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** Notes a request; false if the same id is already waiting. */
  ask(requestId: string): boolean {
    if (this.#pending.has(requestId)) return false;
    this.#pending.add(requestId);
    this.#answered.delete(requestId);
    return true;
  }

  /** Takes a request back that never reached the owner. */
  forget(requestId: string): void {
    this.#pending.delete(requestId);
  }

  /**
   * Whether this answer is for the client. In a session from elsewhere, an id that nobody here asked for is passed on
   * once: it was asked for through another ingress, before the session moved here.
   */
  answer(requestId: string): boolean {
    const asked = this.#pending.delete(requestId);
    if (this.#origin === 'opened_here') return asked;
    if (this.#answered.has(requestId)) return false;
    this.#answered.add(requestId);
    if (this.#answered.size > REMEMBERED) this.#answered.delete(this.#answered.values().next().value!);
    return true;
  }
}
