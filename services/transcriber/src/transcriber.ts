import type { Bus, Claim } from '@verbatim/bus';
import { SlotPool, sessionLane } from '@verbatim/bus';
import { type Clock, type SessionSpec, SttError, systemClock } from '@verbatim/contracts';
import type { Logger, Tracing } from '@verbatim/kit';
import type { SessionStore } from '@verbatim/sessions';
import { type RecognizerSource, type SessionObserver, SessionRun } from './session-run.ts';

export interface TranscriberOptions {
  readonly bus: Bus;
  readonly store: SessionStore;
  readonly runtime: RecognizerSource;
  /** The model that `runtime` has in memory. */
  readonly model: string;
  /** Live sessions at a time. */
  readonly slots: number;
  /** Sessions of jobs at a time, beside the live ones; these have no wish to be in time. Default: none. */
  readonly jobSlots?: number;
  /** Name of this process in session records. */
  readonly owner: string;
  /** Speech before a first partial. Default 160 ms. */
  readonly firstPartialMs?: number;
  /** A claim's holder says that it is alive this often: a third of the queue's ack wait. Default 1500 ms. */
  readonly heartbeatMs?: number;
  /**
   * Without audio and without keep-alive for this long, a session's door is gone and the session ends. Longer than what a
   * door allows: its idle timeout and its resume window together. Default 95 s.
   */
  readonly orphanMs?: number;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  readonly clock?: Clock;
  /** Hears of events that are worth counting. */
  readonly observer?: SessionObserver;
  /** Where the traces of utterances are made. */
  readonly tracing?: Tracing | undefined;
}

type SessionKind = SessionSpec['kind'];

const TAKE_AGAIN_MS = 1_000;

/** Claims sessions while it has slots, and turns the audio of each into committed text. */
export class Transcriber {
  readonly #options: TranscriberOptions;
  readonly #slots: SlotPool;
  readonly #jobSlots: SlotPool;
  readonly #stopTaking = new AbortController();
  readonly #runs = new Map<SessionRun, Promise<void>>();
  readonly #taking: Promise<unknown>;

  private constructor(options: TranscriberOptions) {
    this.#options = options;
    this.#slots = new SlotPool(options.slots);
    this.#jobSlots = new SlotPool(options.jobSlots ?? 0);
    this.#taking = Promise.all([this.#take('live', this.#slots), this.#take('job', this.#jobSlots)]);
  }

  /** Starts to claim sessions at once. */
  static start(options: TranscriberOptions): Transcriber {
    return new Transcriber(options);
  }

  /** Room for live sessions. */
  get slots(): { readonly size: number; readonly used: number } {
    return { size: this.#slots.size, used: this.#count('live') };
  }

  /** Room for the sessions of jobs. */
  get jobSlots(): { readonly size: number; readonly used: number } {
    return { size: this.#jobSlots.size, used: this.#count('job') };
  }

  /** The most that any live session is behind, in seconds. */
  get lagSeconds(): number {
    return Math.max(0, ...[...this.#runs.keys()].filter(({ kind }) => kind === 'live').map((run) => run.lagSeconds));
  }

  /** Takes no more sessions and hands those it has over, from their last commit on. */
  async drain(): Promise<void> {
    this.#stopTaking.abort();
    this.#handOver();
    await this.#taking;
    // Once more, for what was taken in the same moment.
    this.#handOver();
    await Promise.all(this.#runs.values());
  }

  #count(kind: SessionKind): number {
    return [...this.#runs.keys()].filter((run) => run.kind === kind).length;
  }

  #handOver(): void {
    for (const run of this.#runs.keys()) run.handOver();
  }

  async #take(kind: SessionKind, slots: SlotPool): Promise<void> {
    if (slots.size === 0) return;
    const { bus, model, logger, clock = systemClock } = this.#options;
    const { signal } = this.#stopTaking;
    while (!signal.aborted) {
      try {
        const lane = sessionLane(model, kind);
        for await (const claim of bus.claims.take(lane, slots, signal)) this.#run(claim, slots);
      } catch (error) {
        logger.error({ err: error, code: SttError.from(error).code }, 'claims can not be taken; trying again');
        await new Promise<void>((resolve) => {
          clock.after(TAKE_AGAIN_MS, resolve);
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
    }
  }

  #run(claim: Claim, slots: SlotPool): void {
    const run = new SessionRun(claim, {
      clock: systemClock,
      firstPartialMs: 160,
      heartbeatMs: 1_500,
      orphanMs: 95_000,
      ...this.#options,
    });
    this.#runs.set(run, this.#finish(run, claim, slots));
  }

  async #finish(run: SessionRun, claim: Claim, slots: SlotPool): Promise<void> {
    try {
      await run.done;
    } catch (error) {
      const { sessionId } = claim.spec;
      // The claim is neither done nor released: its heartbeats have stopped, so it is delivered again, a few times.
      this.#options.logger.error({ sessionId, err: error, code: SttError.from(error).code }, 'session run failed');
    } finally {
      this.#runs.delete(run);
      slots.release();
    }
  }
}
