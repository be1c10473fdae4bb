import type { Bus } from '@verbatim/bus';
import {
  type Clock,
  type CloseReason,
  type Samples,
  type SessionEvent,
  type SessionSpec,
  SttError,
} from '@verbatim/contracts';
import type { SessionStore } from '@verbatim/sessions';

/** An owner says how far it is ten times a second while it has audio, so silence for this long is looked into. */
const LOOK_EVERY_MS = 1_000;
/** A session without audio is taken for one whose feeder is gone after 95 s; its text expires an hour after its last touch. */
const KEEP_ALIVE_EVERY_MS = 15_000;

export interface SessionWatchOptions {
  readonly spec: SessionSpec;
  readonly bus: Pick<Bus, 'events' | 'claims' | 'audio'>;
  readonly store: Pick<SessionStore, 'get' | 'touch'>;
  readonly clock: Clock;
  /** The text grew, or is known to reach further. */
  readonly onProgress: (committed: Samples) => void;
}

/** How a job's session ended. */
export interface SessionEnd {
  readonly reason: CloseReason;
  /** Some of its audio was lost on the way. */
  readonly incomplete: boolean;
}

/**
 * What a feeder knows of the session that it feeds: whether somebody has it, how far its text reaches, and how it ended.
 * Events may be lost, so it also looks into the store, and offers the session again when its owner falls silent.
 */
export class SessionWatch {
  /** Resolves when the session has closed; rejects with `session_not_found` when it was erased, or what went wrong. */
  readonly ended: Promise<SessionEnd>;
  readonly #options: SessionWatchOptions;
  readonly #stop = new AbortController();
  readonly #timers: (() => void)[] = [];
  #end!: (end: SessionEnd) => void;
  #fail!: (error: unknown) => void;
  #owned = false;
  #committed: Samples;
  #incomplete = false;
  #heardAt: number;
  #wake = () => {};

  private constructor(options: SessionWatchOptions, committed: Samples) {
    this.#options = options;
    this.#committed = committed;
    this.#heardAt = options.clock.now();
    this.ended = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
    // Who stops watching before the end does not wait for it.
    this.ended.catch(() => {});
  }

  /** Listens and offers the session; `committed` is how far its text reaches by the store. */
  static async start(options: SessionWatchOptions, committed: Samples): Promise<SessionWatch> {
    const watch = new SessionWatch(options, committed);
    const { bus, spec } = options;
    try {
      void watch.#listen(await bus.events.subscribe(spec.sessionId, watch.#stop.signal));
      await bus.claims.offer(spec);
    } catch (error) {
      watch.stop();
      throw error;
    }
    watch.#repeat(LOOK_EVERY_MS, () => watch.#look());
    watch.#repeat(KEEP_ALIVE_EVERY_MS, () => watch.#keepAlive());
    return watch;
  }

  /** The sample up to which text is committed. */
  get committed(): Samples {
    return this.#committed;
  }

  /** Resolves when a transcriber has the session and `holds` is true; looks again with each news. */
  async until(holds: () => boolean, signal: AbortSignal): Promise<void> {
    const onAbort = () => this.#wake();
    signal.addEventListener('abort', onAbort, { once: true });
    const over = this.ended.then(() => true);
    // Whoever waits for the end hears what went wrong.
    over.catch(() => {});
    try {
      while (!(this.#owned && holds())) {
        signal.throwIfAborted();
        const woken = new Promise<false>((resolve) => {
          this.#wake = () => resolve(false);
        });
        if (await Promise.race([woken, over])) return;
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  stop(): void {
    this.#stop.abort();
    for (const cancel of this.#timers) cancel();
  }

  async #listen(events: AsyncIterable<SessionEvent>): Promise<void> {
    try {
      for await (const event of events) this.#hear(event);
    } catch (error) {
      this.#fail(error);
    }
  }

  #hear(event: SessionEvent): void {
    this.#heardAt = this.#options.clock.now();
    this.#owned = true;
    if (event.type === 'progress') this.#advance(event.committedSample);
    else if (event.type === 'final') this.#options.onProgress(this.#committed);
    else if (event.type === 'gap') this.#incomplete = true;
    else if (event.type === 'closed') this.#end({ reason: event.reason, incomplete: this.#incomplete });
    this.#wake();
  }

  #advance(committed: Samples): void {
    const { bus, spec, onProgress } = this.#options;
    if (committed <= this.#committed) return;
    this.#committed = committed;
    bus.audio.committed(spec.sessionId, committed);
    onProgress(committed);
  }

  async #look(): Promise<void> {
    const { bus, spec, store, clock } = this.#options;
    if (clock.now() - this.#heardAt < LOOK_EVERY_MS) return;
    const record = await store.get(spec.sessionId);
    if (this.#stop.signal.aborted) return;
    if (record === null) {
      this.#fail(new SttError('session_not_found', `Session ${spec.sessionId} was erased.`));
    } else if (record.status === 'closed') {
      this.#end({ reason: record.closeReason ?? 'failed', incomplete: this.#incomplete });
    } else {
      this.#owned ||= record.epoch > 0;
      this.#advance(record.cursor);
      await bus.claims.offer(spec);
    }
    this.#wake();
  }

  async #keepAlive(): Promise<void> {
    const { bus, spec, store } = this.#options;
    await Promise.all([bus.events.control(spec.sessionId, { type: 'keep_alive' }), store.touch(spec.sessionId)]);
  }

  /** A server that is away for longer than its calls wait ends the watch: the job is taken up again when it is back. */
  #repeat(everyMs: number, act: () => Promise<void>): void {
    const { clock } = this.#options;
    const index = this.#timers.length;
    const later = () =>
      clock.after(everyMs, () => {
        act().then(
          () => {
            if (!this.#stop.signal.aborted) this.#timers[index] = later();
          },
          (error: unknown) => this.#fail(error),
        );
      });
    this.#timers[index] = later();
  }
}
