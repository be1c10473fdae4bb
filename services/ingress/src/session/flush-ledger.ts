/** Answered ids to remember: a takeover answers again within seconds, so a few are enough. */
const REMEMBERED = 256;

/** Which finalize requests still wait for their `flushed`, so that each is answered exactly once. */
export class FlushLedger {
  readonly #pending = new Set<string>();
  readonly #answered = new Set<string>();

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
   * Whether this answer is for the client. An id that nobody here asked for is passed on once: it was asked for
   * through another ingress, before the session moved here.
   */
  answer(requestId: string): boolean {
    if (this.#answered.has(requestId)) return false;
    this.#pending.delete(requestId);
    this.#answered.add(requestId);
    if (this.#answered.size > REMEMBERED) this.#answered.delete(this.#answered.values().next().value!);
    return true;
  }
}
