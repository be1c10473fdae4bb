import type { Clock } from '@verbatim/contracts';
import type { DoorCall, DoorReply, Doors } from '../ports.ts';

/** How long a caller waits for a door's answer. */
const CALL_MS = 1_000;

type Answer = (call: DoorCall) => Promise<DoorReply | null>;

/** The doors inside one process. */
export class MemoryDoors implements Doors {
  readonly #clock: Clock;
  readonly #answers = new Map<string, Set<Answer>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Doors that serve a session, one for each session that they serve. */
  get size(): number {
    let size = 0;
    for (const answers of this.#answers.values()) size += answers.size;
    return size;
  }

  async serve(sessionId: string, answer: Answer, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const answers = this.#answers.get(sessionId) ?? new Set();
    const own: Answer = (call) => answer(call);
    this.#answers.set(sessionId, answers.add(own));
    const stop = () => {
      answers.delete(own);
      if (answers.size === 0 && this.#answers.get(sessionId) === answers) this.#answers.delete(sessionId);
    };
    signal.addEventListener('abort', stop, { once: true });
  }

  async call(sessionId: string, call: DoorCall): Promise<DoorReply | null> {
    const answers = [...(this.#answers.get(sessionId) ?? [])];
    if (answers.length === 0) return null;
    let stopTimer = () => {};
    return await new Promise<DoorReply>((resolve) => {
      stopTimer = this.#clock.after(CALL_MS, () => resolve({ type: 'silent' }));
      for (const answer of answers) void ask(answer, call, resolve);
    }).finally(() => stopTimer());
  }

  /** Nobody serves any more. */
  close(): void {
    this.#answers.clear();
  }
}

/** A door whose answer fails says nothing, as one whose process died; the others may still answer. */
const ask = async (answer: Answer, call: DoorCall, onReply: (reply: DoorReply) => void): Promise<void> => {
  try {
    const said = await answer(call);
    if (said !== null) onReply(said);
  } catch {
    // The caller hears nothing from this door.
  }
};
