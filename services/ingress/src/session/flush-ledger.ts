import type { Handover } from '@verbatim/bus';

/** Requests that may wait for their answer at once: each is kept until its session ends. */
const MAX_WAITING = 100;

/**
 * Which finalize requests still wait for their `flushed`, so that each is answered exactly once. Answers are known by
 * the index of the request's mark in the audio log: one that comes again, as after a takeover, has an index that was
 * answered, whatever its id; one that was lost on the way is seen by the index of a later answer.
 */
export class FlushLedger {
  /** Request id to the index of its mark; null while it is on its way to the log. */
  readonly #waiting: Map<string, number | null>;
  #answered: number;

  /** `from`: what the session's last door knew, if it could be asked. */
  constructor(from: Pick<Handover, 'asked' | 'answered'> = { asked: [], answered: 0 }) {
    this.#waiting = new Map(from.asked.map(({ requestId, mark }) => [requestId, mark]));
    this.#answered = from.answered;
  }

  get full(): boolean {
    return this.#waiting.size >= MAX_WAITING;
  }

  /** Index of the last mark known to be answered. */
  get answered(): number {
    return this.#answered;
  }

  /** Requests in the log that wait for their answer, in order. */
  get asked(): Handover['asked'] {
    return [...this.#waiting].flatMap(([requestId, mark]) => (mark === null ? [] : { requestId, mark }));
  }

  /** Notes a request; false if the same id is already waiting. */
  ask(requestId: string): boolean {
    if (this.#waiting.has(requestId)) return false;
    this.#waiting.set(requestId, null);
    return true;
  }

  /** The request is in the log. @returns it, if its answer is out already and was missed. */
  placed(requestId: string, mark: number): string[] {
    if (this.#waiting.get(requestId) !== null) return [];
    this.#waiting.set(requestId, mark);
    return this.answeredUpTo(this.#answered);
  }

  /** The owner answers a request. @returns the ids to answer to the client: this one, behind any whose answers were lost. */
  answer(requestId: string, mark: number): string[] {
    if (mark <= this.#answered) return [];
    this.#waiting.delete(requestId);
    return [...this.answeredUpTo(mark), requestId];
  }

  /** All marks up to `mark` are answered. @returns the waiting requests among them, whose answers were lost. */
  answeredUpTo(mark: number): string[] {
    this.#answered = Math.max(this.#answered, mark);
    const lost = this.asked.filter((request) => request.mark <= this.#answered).map(({ requestId }) => requestId);
    for (const requestId of lost) this.#waiting.delete(requestId);
    return lost;
  }
}
