import type { ClaimQueue } from '@verbatim/bus';
import type { Clock, SessionSpec, TraceContext } from '@verbatim/contracts';
import type { SessionRecord, SessionStore } from '@verbatim/sessions';

const LOOK_EVERY_MS = 250;
/** An owner with work says how far it is ten times a second, and one without still with each heartbeat (1.5 s). */
const SILENT_MS = { busy: 500, idle: 4_000 };
/** Servers get ten seconds to come back; a takeover that has not happened by now needs somebody's help. */
const GIVE_UP_MS = 15_000;
/** A look that comes this much later than the one before it was kept from coming. */
const STOOD_STILL_MS = 2_000;

export interface OwnerWatchOptions {
  readonly spec: SessionSpec;
  /** The trace to offer it in again. */
  readonly trace: TraceContext | undefined;
  readonly clock: Clock;
  readonly store: Pick<SessionStore, 'get'>;
  readonly claims: Pick<ClaimQueue, 'offer'>;
  /** Whether the owner has anything to do for the session. */
  readonly busy: () => boolean;
  /** The session has closed, and its end was not heard. */
  readonly onClosed: (record: SessionRecord) => Promise<void>;
  /** The store does not know the session any more. */
  readonly onForgotten: () => void;
  /** The owner had work and was silent for too long. Called once, until it has been heard again. */
  readonly onGivenUp: () => void;
  /** It could not be found out why the owner is silent; it will be tried again. */
  readonly onTrouble: (error: unknown) => void;
}

/**
 * Notices that the owner of a session says nothing any more, and looks why: its last words may have been lost on the
 * way, or it is gone and the session must be offered to others.
 */
export class OwnerWatch {
  readonly #options: OwnerWatchOptions;
  #heardAt: number;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #busySince: number | null = null;
  #looking = false;
  #isGivenUp = false;
  #tickedAt: number;
  #stopped = false;
  #cancel: () => void;

  constructor(options: OwnerWatchOptions) {
    this.#options = options;
    this.#heardAt = options.clock.now();
    this.#tickedAt = this.#heardAt;
    this.#cancel = this.#later();
  }

  /** An event came. */
  heard(): void {
    this.#heardAt = this.#options.clock.now();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #later(): () => void {
    return this.#options.clock.after(LOOK_EVERY_MS, () => {
      this.#look();
      if (!this.#stopped) this.#cancel = this.#later();
    });
  }

  #look(): void {
    const { clock, busy, onGivenUp } = this.#options;
    const now = clock.now();
    // This process stood still: what the owner said meanwhile waits in a socket.
    if (now - this.#tickedAt > STOOD_STILL_MS) this.#heardAt = now;
    this.#tickedAt = now;
    this.#busySince = busy() ? (this.#busySince ?? now) : null;
    // Silence counts from where there was something to say.
    const silentMs = now - Math.max(this.#heardAt, this.#busySince ?? 0);
    const limitMs = this.#busySince === null ? SILENT_MS.idle : SILENT_MS.busy;
    if (silentMs < limitMs) {
      this.#isGivenUp = false;
      return;
    }
    if (this.#busySince !== null && silentMs >= GIVE_UP_MS && !this.#isGivenUp) {
      this.#isGivenUp = true;
      onGivenUp();
    }
    this.#askWhy(now, Math.max(limitMs, this.#isGivenUp ? SILENT_MS.idle : 0));
  }

  #askWhy(now: number, everyMs: number): void {
    if (this.#stopped || this.#looking || now - this.#lookedAt < everyMs) return;
    this.#lookedAt = now;
    this.#looking = true;
    void this.#findOut().finally(() => {
      this.#looking = false;
    });
  }

  async #findOut(): Promise<void> {
    const { spec, trace, store, claims, onClosed, onForgotten, onTrouble } = this.#options;
    try {
      const record = await store.get(spec.sessionId);
      if (this.#stopped) return;
      if (record === null) onForgotten();
      else if (record.status === 'closed') await onClosed(record);
      else await claims.offer(spec, trace);
    } catch (error) {
      onTrouble(error);
    }
  }
}
