import type { AudioEntry, Bus, Claim } from '@verbatim/bus';
import { type Clock, type Final, type SessionEvent, SttError, secondsFromSamples } from '@verbatim/contracts';
import type { Logger } from '@verbatim/kit';
import type { Grant, SessionStore } from '@verbatim/sessions';
import type { Recognizer, RecognizerOutput, SpeechRuntime } from '@verbatim/speech';
import { ProgressReporter } from './progress-reporter.ts';
import { SerialQueue } from './serial-queue.ts';

export interface SessionRunOptions {
  readonly bus: Bus;
  readonly store: SessionStore;
  readonly runtime: SpeechRuntime;
  readonly owner: string;
  readonly firstPartialMs: number;
  readonly heartbeatMs: number;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  readonly clock: Clock;
  readonly observer?: SessionObserver;
}

/** Hears what happens in sessions, to count it. */
export interface SessionObserver {
  onEvent(event: SessionEvent): void;
  onFenced(): void;
}

type Commit = Extract<RecognizerOutput, { type: 'commit' }>;

/**
 * One claim from take-over to its end: reads the session's audio, feeds a recogniser, commits what it says and only
 * then publishes it.
 */
export class SessionRun {
  /** Settles when the run is over and its claim answered; rejects if the run failed. */
  readonly done: Promise<void>;
  readonly #claim: Claim;
  readonly #options: SessionRunOptions;
  readonly #over = new AbortController();
  readonly #outputs: SerialQueue<RecognizerOutput>;
  #recognizer: Recognizer | undefined;
  #epoch = 0;
  #nextSequence = 1;
  #committed = 0;
  #outcome: 'running' | 'closed' | 'handed_over' | 'lost' = 'running';
  #failure: Error | undefined;

  constructor(claim: Claim, options: SessionRunOptions) {
    this.#claim = claim;
    this.#options = options;
    this.#outputs = new SerialQueue(
      (output) => this.#handle(output),
      (error) => this.#fail(error),
    );
    claim.lost.addEventListener('abort', () => this.#stop('lost'), { once: true });
    this.done = this.#run();
  }

  /** Stops here and offers the session to others at once. */
  handOver(): void {
    this.#stop('handed_over');
  }

  async #run(): Promise<void> {
    const { bus, clock, heartbeatMs } = this.#options;
    const { sessionId } = this.#claim.spec;
    const grant = await this.#take();
    if (grant === null) return await this.#claim.done();
    const cancelHeartbeat = repeat(clock, heartbeatMs, () => this.#heartbeat());
    try {
      const controls = await bus.events.subscribeControl(sessionId, this.#over.signal);
      const recognizer = this.#start(grant);
      await this.#publish({ type: 'moved', epoch: grant.epoch });
      for (const requestId of recognizer.flushedBefore) await this.#publish({ type: 'flushed', requestId });
      await Promise.all([this.#feed(recognizer), this.#obey(controls)]);
      await this.#outputs.idle();
    } finally {
      cancelHeartbeat();
      this.#over.abort();
      this.#recognizer?.stop();
    }
    await this.#settle();
  }

  /** Makes this run the session's owner; null if the session has ended or is gone: its door gave up waiting. */
  async #take(): Promise<Grant | null> {
    const { store, owner } = this.#options;
    try {
      return await store.claim(this.#claim.spec.sessionId, owner);
    } catch (error) {
      if (error instanceof SttError && error.code === 'session_not_found') return null;
      throw error;
    }
  }

  async #settle(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#outcome === 'handed_over') await this.#claim.release();
    else if (this.#outcome === 'closed') await this.#claim.done();
  }

  #start(grant: Grant): Recognizer {
    const { spec } = this.#claim;
    this.#epoch = grant.epoch;
    this.#nextSequence = grant.nextSequence;
    this.#committed = grant.cursor;
    const recognizer = this.#options.runtime.recognizer(
      {
        sessionId: spec.sessionId,
        silenceMs: spec.silenceMs,
        maxUtteranceMs: spec.maxUtteranceMs,
        partialResults: spec.partialResults,
        firstPartialMs: this.#options.firstPartialMs,
      },
      (output) => this.#outputs.push(output),
      grant.state === null ? undefined : { cursor: grant.cursor, state: grant.state },
    );
    this.#recognizer = recognizer;
    return recognizer;
  }

  async #feed(recognizer: Recognizer): Promise<void> {
    const { bus, clock } = this.#options;
    const { sessionId } = this.#claim.spec;
    const progress = new ProgressReporter(clock, () => {
      this.#publishProgress(recognizer).catch((error: Error) => this.#fail(error));
      return recognizer.behind;
    });
    try {
      for await (const entry of bus.audio.read(sessionId, recognizer.received, this.#over.signal)) {
        if (this.#outcome !== 'running') break;
        deliver(entry, recognizer);
        progress.soon();
      }
    } finally {
      progress.stop();
    }
    // The log also ends when the session was erased under us.
    if (this.#outcome === 'running') this.#stop('lost');
  }

  async #obey(controls: Awaited<ReturnType<Bus['events']['subscribeControl']>>): Promise<void> {
    for await (const control of controls) {
      if (control.type === 'abort') this.#stop('closed');
    }
  }

  async #handle(output: RecognizerOutput): Promise<void> {
    if (this.#outcome !== 'running') return;
    if (output.type === 'show') await this.#publish(output.event);
    else if (output.type === 'failed') this.#fail(output.error);
    else await this.#commit(output);
  }

  async #commit(step: Commit): Promise<void> {
    const { store, observer, logger } = this.#options;
    const { sessionId } = this.#claim.spec;
    const final: Final | undefined = step.final && { type: 'final', sequence: this.#nextSequence, ...step.final };
    const { cursor, state } = step;
    const outcome = await store.commit(sessionId, this.#epoch, { cursor, state, ...(final && { final }) });
    if (outcome === 'fenced') {
      observer?.onFenced();
      logger.warn({ sessionId, epoch: this.#epoch }, 'commit fenced: another transcriber has this session');
      this.#stop('lost');
      return;
    }
    this.#committed = cursor;
    if (final !== undefined) this.#nextSequence++;
    for (const event of [step.gap, final, step.suppressed]) if (event !== undefined) await this.#publish(event);
    if (step.flushed !== undefined) await this.#publish({ type: 'flushed', requestId: step.flushed });
    if (this.#recognizer !== undefined) await this.#publishProgress(this.#recognizer);
    if (step.ended !== undefined) await this.#close(step.ended);
  }

  async #close(reason: NonNullable<Commit['ended']>): Promise<void> {
    const { bus, store } = this.#options;
    const { sessionId } = this.#claim.spec;
    await store.close(sessionId, reason);
    const audioSeconds = secondsFromSamples(await bus.audio.head(sessionId));
    // Before the erasure, which ends our own reader, and before anyone hears of the end and reuses the session's id.
    this.#stop('closed');
    await this.#claim.done();
    await bus.audio.erase(sessionId);
    await this.#publish({ type: 'closed', reason, audioSeconds, finals: this.#nextSequence - 1 });
  }

  async #publishProgress(recognizer: Recognizer): Promise<void> {
    const { received, decoded } = recognizer;
    await this.#publish({
      type: 'progress',
      receivedSample: received,
      decodedSample: decoded,
      committedSample: this.#committed,
      finals: this.#nextSequence - 1,
      lagSeconds: secondsFromSamples(Math.max(0, received - decoded)),
    });
  }

  async #publish(event: SessionEvent): Promise<void> {
    this.#options.observer?.onEvent(event);
    await this.#options.bus.events.publish(this.#claim.spec.sessionId, event);
  }

  #heartbeat(): void {
    // Progress comes again with each: a door that missed the last one would hold its client back for ever.
    const progress = this.#recognizer && this.#publishProgress(this.#recognizer);
    Promise.all([this.#claim.heartbeat(), progress]).catch((error: unknown) => {
      this.#options.logger.warn({ sessionId: this.#claim.spec.sessionId, err: error }, 'heartbeat failed');
    });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#stop('lost');
  }

  #stop(outcome: 'closed' | 'handed_over' | 'lost'): void {
    if (this.#outcome !== 'running') return;
    this.#outcome = outcome;
    this.#recognizer?.stop();
    this.#over.abort();
  }
}

function deliver(entry: AudioEntry, recognizer: Recognizer): void {
  if (entry.type === 'audio') recognizer.write(entry.firstSample, entry.pcm16);
  else recognizer.mark(entry.index, entry.mark);
}

function repeat(clock: Clock, everyMs: number, run: () => void): () => void {
  let cancel = clock.after(everyMs, function tick() {
    run();
    cancel = clock.after(everyMs, tick);
  });
  return () => cancel();
}
