import type { AudioEntry, Bus, Claim } from '@verbatim/bus';
import {
  type Clock,
  type Final,
  type SessionEvent,
  type SessionSpec,
  SttError,
  sampledTraceId,
  secondsFromSamples,
} from '@verbatim/contracts';
import type { Logger, StagedFinal, StageSpan, Tracing } from '@verbatim/kit';
import type { Grant, SessionStore } from '@verbatim/sessions';
import type { Recognizer, RecognizerOutput, RecognizerSettings, Restored } from '@verbatim/speech';
import { FinalJourney } from './final-journey.ts';
import { ProgressReporter } from './progress-reporter.ts';
import { SerialQueue } from './serial-queue.ts';

/** What a run needs of a recogniser. */
export type SessionRecognizer = Pick<
  Recognizer,
  'received' | 'decoded' | 'behind' | 'flushedBefore' | 'write' | 'mark' | 'stop'
>;

/** Where recognisers come from: lib/speech's SpeechRuntime. */
export interface RecognizerSource {
  recognizer(
    settings: RecognizerSettings,
    emit: (output: RecognizerOutput) => void,
    restored?: Restored,
  ): SessionRecognizer;
}

export interface SessionRunOptions {
  readonly bus: Bus;
  readonly store: SessionStore;
  readonly runtime: RecognizerSource;
  readonly owner: string;
  readonly firstPartialMs: number;
  readonly heartbeatMs: number;
  readonly orphanMs: number;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  readonly clock: Clock;
  readonly observer?: SessionObserver;
  readonly tracing?: Tracing | undefined;
}

/** Hears what happens in sessions, to count it. */
export interface SessionObserver {
  onEvent(event: SessionEvent): void;
  onFenced(): void;
  /** A live final was committed, after these stages. */
  onFinal(stages: readonly StageSpan[], final: StagedFinal): void;
}

/** Tries after which a session that ends every holder before it commits anything is given up. */
const MAX_ATTEMPTS = 4;
/** A run that has lasted this long is not one that its session kills. */
const VOUCH_AFTER_MS = 10_000;
const VOUCH_WAIT_MS = 300;

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
  #recognizer: SessionRecognizer | undefined;
  readonly #journey: FinalJourney;
  #epoch = 0;
  #nextSequence = 1;
  #committed = 0;
  #answered = 0;
  /** When the session's door last showed that it is there. */
  #doorSeenAt: number;
  #outcome: 'running' | 'closed' | 'handed_over' | 'lost' = 'running';
  #failure: Error | undefined;

  constructor(claim: Claim, options: SessionRunOptions) {
    this.#claim = claim;
    this.#options = options;
    this.#journey = new FinalJourney(claim, options);
    this.#doorSeenAt = options.clock.now();
    this.#outputs = new SerialQueue(
      (output) => this.#handle(output),
      (error) => this.#fail(error),
    );
    claim.lost.addEventListener('abort', () => this.#stop('lost'), { once: true });
    if (claim.lost.aborted) this.#stop('lost');
    this.done = this.#run();
  }

  get kind(): SessionSpec['kind'] {
    return this.#claim.spec.kind;
  }

  /** Audio that it has and has not decoded, in seconds. */
  get lagSeconds(): number {
    if (this.#recognizer === undefined) return 0;
    return secondsFromSamples(Math.max(0, this.#recognizer.received - this.#recognizer.decoded));
  }

  /** Stops here and offers the session to others at once. */
  handOver(): void {
    this.#stop('handed_over');
  }

  async #run(): Promise<void> {
    const { clock, heartbeatMs, orphanMs } = this.#options;
    const timers = [
      repeat(clock, heartbeatMs, () => this.#heartbeat()),
      repeat(clock, orphanMs / 4, () => this.#watchDoor()),
    ];
    try {
      await this.#takeAndRecognize(timers);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    } finally {
      for (const cancel of timers) cancel();
      this.#over.abort();
      this.#recognizer?.stop();
    }
    await this.#settle();
  }

  async #takeAndRecognize(timers: (() => void)[]): Promise<void> {
    const { logger } = this.#options;
    if (this.#outcome !== 'running') return;
    const grant = await this.#take();
    // Handed over or lost while the store was waited for.
    if (this.#outcome !== 'running') return;
    if (grant === null) return this.#leave();
    if (grant.attempts > MAX_ATTEMPTS) return this.#giveUp(grant.attempts);
    if (grant.attempts > 1) timers.push(this.#options.clock.after(VOUCH_AFTER_MS, () => void this.#vouch()));
    logger.debug({ ...this.#id, epoch: grant.epoch, cursor: grant.cursor }, 'session claimed');
    await this.#recognize(grant);
  }

  /** Names the session, and its trace, in log lines. */
  get #id(): { readonly sessionId: string; readonly trace_id?: string } {
    const traceId = sampledTraceId(this.#claim.trace);
    return { sessionId: this.#claim.spec.sessionId, ...(traceId && { trace_id: traceId }) };
  }

  async #recognize(grant: Grant): Promise<void> {
    const { bus } = this.#options;
    const controls = await bus.events.subscribeControl(this.#claim.spec.sessionId, this.#over.signal);
    const recognizer = this.#start(grant);
    await this.#publish({ type: 'moved', epoch: grant.epoch });
    for (const answered of recognizer.flushedBefore) await this.#publish({ type: 'flushed', ...answered });
    await Promise.all([this.#feed(recognizer), this.#obey(controls)]);
    await this.#outputs.idle();
  }

  /** Makes this run the session's owner; null if the session has ended or is gone: its door gave up waiting. */
  async #take(): Promise<Grant | null> {
    const { store, owner } = this.#options;
    try {
      const grant = await store.claim(this.#claim.spec.sessionId, owner);
      this.#epoch = grant?.epoch ?? 0;
      this.#nextSequence = grant?.nextSequence ?? 1;
      this.#committed = grant?.cursor ?? 0;
      return grant;
    } catch (error) {
      if (error instanceof SttError && error.code === 'session_not_found') return null;
      throw error;
    }
  }

  async #settle(): Promise<void> {
    this.#options.logger.debug({ ...this.#id, epoch: this.#epoch, outcome: this.#outcome }, 'session let go');
    if (this.#outcome === 'handed_over') {
      // So that it counts as no failed attempt; but who waits for the session waits for no store that is away.
      await Promise.race([this.#vouch(), new Promise<void>((done) => this.#options.clock.after(VOUCH_WAIT_MS, done))]);
      await this.#claim.release();
    } else if (this.#outcome === 'closed') await this.#claim.done();
    if (this.#failure === undefined) return;
    // The session is not at fault: the next holder need not wait until this one's heartbeats are missed.
    if (SttError.from(this.#failure).code === 'unavailable') await this.#claim.release();
    throw this.#failure;
  }

  /** The session has ended already: its last holder may have died before it could tidy up. */
  async #leave(): Promise<void> {
    this.#stop('closed');
    await this.#options.bus.audio.erase(this.#claim.spec.sessionId);
  }

  async #giveUp(attempts: number): Promise<void> {
    this.#options.logger.error({ ...this.#id, attempts }, 'session given up: whoever takes it fails before it commits');
    await this.#close('failed');
  }

  #start(grant: Grant): SessionRecognizer {
    const { spec } = this.#claim;
    const recognizer = this.#options.runtime.recognizer(
      {
        sessionId: spec.sessionId,
        kind: spec.kind,
        language: spec.language,
        task: spec.task,
        prompt: spec.prompt,
        silenceMs: spec.silenceMs,
        maxUtteranceMs: spec.maxUtteranceMs,
        partialResults: spec.partialResults,
        firstPartialMs: this.#options.firstPartialMs,
      },
      (output) => this.#outputs.push(output),
      grant.state === null ? undefined : { cursor: grant.cursor, state: grant.state },
    );
    this.#recognizer = recognizer;
    this.#answered = recognizer.flushedBefore.at(-1)?.mark ?? 0;
    return recognizer;
  }

  async #feed(recognizer: SessionRecognizer): Promise<void> {
    const { bus, clock } = this.#options;
    const { sessionId } = this.#claim.spec;
    const progress = new ProgressReporter(clock, () => {
      this.#publishProgress(recognizer).catch((error: Error) => this.#fail(error));
      return recognizer.behind;
    });
    try {
      for await (const entry of bus.audio.read(sessionId, recognizer.received, this.#over.signal)) {
        if (this.#outcome !== 'running') break;
        if (entry.type === 'audio') this.#journey.read(entry);
        deliver(entry, recognizer);
        this.#doorSeenAt = clock.now();
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
      this.#doorSeenAt = this.#options.clock.now();
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
    const { store, observer, logger, clock } = this.#options;
    const { sessionId } = this.#claim.spec;
    const final: Final | undefined = step.final && { type: 'final', sequence: this.#nextSequence, ...step.final };
    const { cursor, state } = step;
    const finalsBefore = this.#nextSequence - 1;
    const commitBegan = clock.wall();
    const outcome = await store.commit(sessionId, this.#epoch, {
      cursor,
      state,
      finalsBefore,
      ...(final && { final }),
    });
    if (outcome === 'fenced') {
      observer?.onFenced();
      logger.warn({ ...this.#id, epoch: this.#epoch }, 'commit fenced: another transcriber has this session');
      this.#stop('lost');
      return;
    }
    this.#committed = cursor;
    this.#answered = step.marks;
    const passage = final && this.#journey.committed(final, step.timing, commitBegan);
    if (final !== undefined) this.#nextSequence++;
    const shown = final && { ...final, ...(passage && { passage }) };
    for (const event of [step.gap, shown, step.suppressed]) if (event !== undefined) await this.#publish(event);
    if (step.flushed !== undefined) await this.#publish({ type: 'flushed', ...step.flushed });
    if (this.#recognizer !== undefined) await this.#publishProgress(this.#recognizer);
    if (step.ended !== undefined) await this.#close(step.ended);
  }

  async #close(reason: NonNullable<Commit['ended']>): Promise<void> {
    const { bus, store } = this.#options;
    const { sessionId } = this.#claim.spec;
    await store.close(sessionId, reason);
    const audioSeconds = secondsFromSamples(this.#recognizer?.received ?? (await bus.audio.head(sessionId)));
    // Before the erasure, which ends our own reader, and before anyone hears of the end and reuses the session's id.
    this.#stop('closed');
    await this.#claim.done();
    await bus.audio.erase(sessionId);
    await this.#publish({ type: 'closed', reason, audioSeconds, finals: this.#nextSequence - 1 });
  }

  async #publishProgress(recognizer: SessionRecognizer): Promise<void> {
    const { received, decoded } = recognizer;
    await this.#publish({
      type: 'progress',
      receivedSample: received,
      decodedSample: decoded,
      committedSample: this.#committed,
      finals: this.#nextSequence - 1,
      marks: this.#answered,
      lagSeconds: this.lagSeconds,
    });
  }

  async #publish(event: SessionEvent): Promise<void> {
    this.#options.observer?.onEvent(event);
    await this.#options.bus.events.publish(this.#claim.spec.sessionId, event);
  }

  #heartbeat(): void {
    // Progress comes again with each: a door that missed the last one would hold its client back for ever.
    const progress = this.#recognizer && this.#publishProgress(this.#recognizer);
    Promise.all([this.#claim.heartbeat(), progress]).catch((error: unknown) => this.#warn(error, 'heartbeat failed'));
  }

  /**
   * Doors end their sessions; one that died with its session leaves that to us. The mark goes past the log, which may have
   * been lost together with the door.
   */
  #watchDoor(): void {
    const { clock, orphanMs } = this.#options;
    if (clock.now() - this.#doorSeenAt < orphanMs) return;
    this.#recognizer?.mark(Number.MAX_SAFE_INTEGER, { type: 'end', reason: 'resume_window_expired' });
  }

  async #vouch(): Promise<void> {
    try {
      await this.#options.store.vouch(this.#claim.spec.sessionId, this.#epoch);
    } catch (error) {
      this.#warn(error, 'a run could not be vouched for');
    }
  }

  #warn(error: unknown, message: string): void {
    this.#options.logger.warn({ ...this.#id, err: error }, message);
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

function deliver(entry: AudioEntry, recognizer: SessionRecognizer): void {
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
