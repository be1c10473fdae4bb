import { randomUUID } from 'node:crypto';
import type { DoorCall, DoorReply, Handover, Mark } from '@verbatim/bus';
import {
  type AudioFormat,
  type ClientEvent,
  type CloseReason,
  type Final,
  type Samples,
  type SessionEvent,
  type SessionSpec,
  SttError,
  samplesFromMs,
  secondsFromSamples,
  type TraceContext,
  toClientEvent,
} from '@verbatim/contracts';
import type { SessionRecord } from '@verbatim/sessions';
import { type AttachmentInput, type AttachmentState, nextAttachment } from './attachment.ts';
import { checkChunk, checkRequestId } from './checks.ts';
import { closedEvent } from './closed-event.ts';
import { AudioFeeder } from './feeder.ts';
import { FlowControl } from './flow-control.ts';
import { FlushLedger } from './flush-ledger.ts';
import { IdleWatch } from './idle-watch.ts';
import { AudioIntake } from './intake.ts';
import type { Door, SessionDeps } from './options.ts';
import { Outlet } from './outlet.ts';
import { OwnerWatch } from './owner-watch.ts';
import { PauseWatch } from './pause-watch.ts';
import { SessionLatency } from './session-latency.ts';
import { SessionLife } from './session-life.ts';

/** Control messages and renewals that a chatty client causes are sent at most this often. */
const KEEP_ALIVE_EVERY_MS = 1_000;

/** No audio for the silence threshold and this long in wall-clock time ends the open utterance. */
const PAUSE_GRACE_MS = 400;

const NO_OWNER =
  'No transcriber has answered for this session for a while. Resume it in a moment; it goes on where it stopped.';
const FORGOTTEN = 'The server has lost its memory of this session. Open a new one.';

export interface LiveSessionStart {
  readonly spec: SessionSpec;
  /** When the session was opened, here or elsewhere, in milliseconds since 1970. */
  readonly openedAt: number;
  /** How this hold begins; `replayed`: the session has closed, and its end is only told once more. */
  readonly begins: 'opened' | 'resumed' | 'replayed';
  /** This hold's own name, as the session's record has it while it lasts. */
  readonly door: string;
  readonly resumeToken: string;
  readonly format: AudioFormat;
  readonly nextSample: Samples;
  /** Sequence of the last final that the client has. */
  readonly lastSequence: number;
  /** The request that this connection is, in its trace. */
  readonly trace?: TraceContext | undefined;
  /** Finals after `lastSequence` that are committed already. */
  readonly finals: readonly Final[];
  readonly feed: AsyncIterator<SessionEvent>;
  readonly stopFeed: () => void;
  /** What the door that had the session before knew, if it could be asked. */
  readonly handover: Handover | null;
  /** Called once, when the session is over for this process. */
  readonly onGone: (session: LiveSession) => void;
}

/**
 * One connection's hold on one session: audio and requests in, events out. Every door is a translation of this.
 * The session outlives it: after `disconnect` it waits for a resume, which makes a new LiveSession.
 */
export class LiveSession {
  readonly spec: SessionSpec;
  readonly resumeToken: string;
  readonly #deps: SessionDeps;
  readonly #start: LiveSessionStart;
  readonly #feeder: AudioFeeder;
  readonly #ledger: FlushLedger;
  readonly #outlet: Outlet;
  readonly #flow: FlowControl;
  readonly #ownerWatch: OwnerWatch;
  readonly #pauseWatch: PauseWatch;
  readonly #idleWatch: IdleWatch;
  readonly #gone: Promise<void>;
  readonly #latency: SessionLatency;
  readonly #life: SessionLife;
  #becomeGone = () => {};
  #state: AttachmentState;
  #endedByClient: boolean;
  #activeAt: number;
  #audioAt = 0;
  #keptAliveAt = Number.NEGATIVE_INFINITY;
  #stopWindowTimer = () => {};

  constructor(deps: SessionDeps, start: LiveSessionStart) {
    const { spec, nextSample, handover } = start;
    this.spec = spec;
    this.resumeToken = start.resumeToken;
    this.#deps = deps;
    this.#start = start;
    this.#state = handover?.ended === true ? 'ending' : 'attached';
    this.#endedByClient = handover?.ended ?? false;
    this.#ledger = new FlushLedger(handover ?? undefined);
    this.#flow = new FlowControl(spec.overflow, deps.limits.bufferMaxSeconds, nextSample);
    this.#activeAt = deps.clock.now();
    this.#gone = new Promise((resolve) => {
      this.#becomeGone = resolve;
    });
    this.#latency = new SessionLatency(deps, start);
    this.#life = new SessionLife(deps, start);
    this.#outlet = new Outlet({
      spec,
      store: deps.store,
      lastSequence: start.lastSequence,
      ledger: this.#ledger,
      maxUnreadEvents: deps.limits.maxUnreadEvents,
      onSlowReader: (reason) => {
        deps.metrics?.slowReader?.();
        this.#outlet.cut(reason);
        this.disconnect();
      },
    });
    this.#feeder = new AudioFeeder({
      sessionId: spec.sessionId,
      log: deps.bus.audio,
      intake: new AudioIntake(start.format, nextSample),
      flow: this.#flow,
      clock: deps.clock,
      minChunk: samplesFromMs(deps.limits.minChunkMs),
      maxSample: samplesFromMs(deps.limits.maxDurationMs),
      mayMark: async () => (await deps.store.get(spec.sessionId))?.door === start.door,
      onMarked: (mark, index) => this.#noteMark(mark, index),
      onLogged: (head) => this.#latency.logged(head),
      onLimit: () => this.#endAtLimit(),
      onTaken: (seconds) => deps.metrics?.received?.(seconds),
      onDropped: (seconds) => this.#life.dropped(seconds),
      onFailure: (error) => this.#fail(error),
    });
    this.#ownerWatch = new OwnerWatch({
      spec,
      trace: start.trace,
      clock: deps.clock,
      store: deps.store,
      claims: deps.bus.claims,
      busy: () => this.#state === 'ending' || this.#flow.behind || this.#feeder.busy,
      onClosed: (record) => this.#closeUnheard(record),
      onForgotten: () => this.#fail(new SttError('session_not_found', FORGOTTEN)),
      onGivenUp: () => this.#fail(new SttError('unavailable', NO_OWNER, { retryAfterMs: 1_000 })),
      onTrouble: (error) => this.#warn(error, 'A session whose transcriber is silent could not be looked after.'),
    });
    this.#idleWatch = new IdleWatch({
      clock: deps.clock,
      timeoutMs: deps.limits.idleTimeoutMs,
      activeAt: () => (this.#feeder.holdsBack ? deps.clock.now() : this.#activeAt),
      onIdle: () => this.#change('end', 'idle'),
    });
    this.#pauseWatch = new PauseWatch({
      clock: deps.clock,
      pauseMs: spec.silenceMs + PAUSE_GRACE_MS,
      activeAt: () =>
        this.#feeder.busy || this.#feeder.holdsBack ? null : Math.max(this.#audioAt, this.#feeder.movedAt),
      onPause: () => this.#feeder.mark({ type: 'idle' }),
    });
    this.#outlet.send({ type: 'opened', sessionId: spec.sessionId, resumeToken: start.resumeToken, nextSample });
    this.#outlet.replay(start.finals);
    for (const requestId of handover?.unsentFlushes ?? []) this.#outlet.sendFlushed(requestId);
    void this.#relay();
  }

  get sessionId(): string {
    return this.spec.sessionId;
  }

  get state(): AttachmentState {
    return this.#state;
  }

  /** Resolves when the session is over for this process: closed, erased, or in other hands. */
  get gone(): Promise<void> {
    return this.#gone;
  }

  /** Resolves when, besides, its door has passed on its last events. */
  get finished(): Promise<void> {
    return this.#gone.then(() => this.#outlet.read);
  }

  /** Aborts when this connection lost the session; the reason is an SttError for the client. */
  get lost(): AbortSignal {
    return this.#outlet.lost;
  }

  /**
   * `opened` first, `closed` last; each final exactly once, in order. For one reader.
   * @param door who passes them on to the client, for the metrics of how long it waits
   * @throws SttError when the session was taken from this connection: `slow_reader`, `session_exists` (resumed
   *   elsewhere), `unavailable`.
   */
  async *events(door?: Door): AsyncGenerator<ClientEvent, void> {
    this.#life.attached(door);
    for await (const event of this.#outlet.events()) {
      if (door !== undefined) {
        this.#latency.delivered(event, door);
        // Of one that ends the session its door tells at the end.
        if (event.type === 'error' && event.recoverable) this.#deps.metrics?.error?.(event.code, door);
      }
      yield toClientEvent(event);
    }
  }

  /**
   * Takes a chunk of the client's audio; samples may be split between chunks. Resolves when the client may send more.
   * @param firstSample audio time of the chunk's first sample; absent: the chunk follows the one before.
   * @throws SttError `too_large` or `invalid_argument` (recoverable, nothing consumed); `failed_precondition` after `end`.
   */
  async write(bytes: Uint8Array, firstSample?: Samples): Promise<void> {
    this.#outlet.lost.throwIfAborted();
    this.#refuseAfterEnd('audio');
    checkChunk(bytes, firstSample, this.#deps.limits.maxChunkBytes);
    if (bytes.length === 0 || this.#state !== 'attached') return;
    this.#activeAt = this.#deps.clock.now();
    this.#audioAt = this.#activeAt;
    this.#feeder.write(bytes, firstSample);
    this.#latency.received(this.#feeder.head);
    this.#pauseWatch.audio();
    await this.#feeder.ready();
  }

  /**
   * Asks for the text of all audio so far; exactly one `flushed` with the returned id follows.
   * @param requestId empty: an id is chosen.
   * @throws SttError `invalid_argument` (recoverable) if the same id still waits for its answer, `limit_exceeded`
   *   (recoverable) if a hundred do.
   */
  finalize(requestId = ''): string {
    this.#outlet.lost.throwIfAborted();
    this.#refuseAfterEnd('finalize');
    const id = requestId === '' ? randomUUID() : requestId;
    checkRequestId(id);
    if (this.#state !== 'attached') return id;
    if (this.#ledger.full) {
      throw new SttError('limit_exceeded', 'Too many finalize requests wait for their answer; wait for some first.', {
        field: 'finalize.request_id',
        recoverable: true,
      });
    }
    if (!this.#ledger.ask(id)) {
      throw new SttError('invalid_argument', `A finalize with request_id "${id}" is still being answered.`, {
        field: 'finalize.request_id',
        recoverable: true,
      });
    }
    this.#activeAt = this.#deps.clock.now();
    this.#feeder.mark({ type: 'finalize', requestId: id });
    return id;
  }

  /** No more audio: the last finals follow, then `closed`. Idempotent. */
  end(): void {
    this.#outlet.lost.throwIfAborted();
    this.#endedByClient = true;
    this.#change('end', 'end_of_audio');
  }

  /** The server ends the session; its last finals and `closed` still come. */
  endBecause(reason: CloseReason): void {
    this.#change('end', reason);
  }

  /** Keeps the session open while there is no audio. */
  keepAlive(): void {
    this.#outlet.lost.throwIfAborted();
    const now = this.#deps.clock.now();
    this.#activeAt = now;
    if (now - this.#keptAliveAt < KEEP_ALIVE_EVERY_MS) return;
    this.#keptAliveAt = now;
    const renewed = Promise.all([
      this.#deps.bus.events.control(this.sessionId, { type: 'keep_alive' }),
      this.#deps.store.touch(this.sessionId),
    ]);
    renewed.catch((error: unknown) => this.#warn(error, 'A keep-alive could not be passed on.'));
  }

  /** Tells the client of a mistake that the session survives, in the order of its other events. */
  report(error: SttError): void {
    this.#outlet.send({ type: 'error', code: error.code, message: error.message, recoverable: true });
  }

  /** The client is gone. Without an end of audio before, the session can be resumed for a while. */
  disconnect(): void {
    this.#outlet.disconnect();
    this.#idleWatch.stop();
    this.#pauseWatch.stop();
    this.#feeder.letGo();
    this.#feeder.flushRest();
    this.#change('disconnect', 'resume_window_expired');
  }

  /** The process is about to stop: the client is told to resume the session elsewhere. */
  evict(): void {
    if (this.#state !== 'attached') return;
    const message = 'This server is being replaced. Resume the session in a moment, on another one.';
    this.#outlet.cut(new SttError('unavailable', message, { retryAfterMs: 100 }));
    this.disconnect();
  }

  /** Answers another door, or another connection at this one, which wants the session; null: it means another hold. */
  async answer(call: DoorCall): Promise<DoorReply | null> {
    if (call.type === 'erased') {
      this.erased();
      return { type: 'noted' };
    }
    if (this.#state === 'gone' || call.door !== this.#start.door) return null;
    if (call.onlyDetached && this.#state !== 'detached') return { type: 'refused' };
    return { type: 'handed_over', handover: await this.#handOver() };
  }

  /** The process stops: lets go of everything; the session itself stays as it is. */
  abandon(): void {
    this.#outlet.cut(new SttError('unavailable', 'The server is shutting down. Connect again in a moment.'));
    this.#change('close', 'server_shutdown');
  }

  /** The session was erased, here or elsewhere: its client sees `closed` and nothing else. */
  erased(): void {
    const audioSeconds = secondsFromSamples(this.#feeder.head);
    this.#outlet.send({ type: 'closed', reason: 'erased', audioSeconds, finals: this.#outlet.delivered });
    this.#close('erased');
  }

  /** Another connection takes the session: this one is told and lets go of everything. */
  async #handOver(): Promise<Handover> {
    this.#outlet.cut(new SttError('session_exists', `Session ${this.sessionId} was resumed by another connection.`));
    this.#feeder.stop();
    this.#life.moved();
    this.#change('close', 'failed');
    await this.#feeder.settled();
    return {
      asked: this.#ledger.asked,
      answered: this.#ledger.answered,
      unsentFlushes: this.#outlet.unsentFlushes,
      ended: this.#feeder.endLogged,
      shown: this.#outlet.shown,
      resumeToken: this.resumeToken,
    };
  }

  async #relay(): Promise<void> {
    try {
      for (;;) {
        const next = await this.#start.feed.next();
        if (this.#state === 'gone') return;
        if (next.done === true) throw new SttError('unavailable', 'The server stopped sending this session’s events.');
        await this.#handle(next.value);
      }
    } catch (error) {
      if (this.#state === 'gone') return;
      this.#fail(error);
      this.#change('close', 'failed');
    }
  }

  async #handle(event: SessionEvent): Promise<void> {
    this.#ownerWatch.heard();
    if (event.type === 'progress') {
      this.#feeder.decoded(event.decodedSample);
      this.#deps.bus.audio.committed(this.sessionId, event.committedSample);
    }
    await this.#outlet.take(event);
    if (event.type !== 'closed') return;
    const wasExpected = this.#state === 'ending';
    this.#close(event.reason);
    // What came in since its audio was erased is in the log again.
    if (!wasExpected) await this.#deps.bus.audio.erase(this.sessionId);
  }

  /** Whoever closed it erased the audio; what this process wrote again since, after an outage, is erased here. */
  async #closeUnheard(record: SessionRecord): Promise<void> {
    await this.#deps.bus.audio.erase(this.sessionId);
    if (this.#state !== 'gone') await this.#handle(closedEvent(record));
  }

  #noteMark(mark: Mark, index: number): void {
    if (mark.type !== 'finalize') return;
    for (const requestId of this.#ledger.placed(mark.requestId, index)) this.#outlet.sendFlushed(requestId);
  }

  #close(reason: CloseReason): void {
    this.#outlet.end();
    this.#life.closed(reason, { audioSeconds: secondsFromSamples(this.#feeder.head), finals: this.#outlet.delivered });
    this.#change('close', reason);
  }

  #fail(error: unknown): void {
    this.#warn(error, 'A session was cut off from its client.');
    const message = 'A part of the server that this session needs is away. Resume the session in a moment.';
    const reason = error instanceof SttError ? error : new SttError('unavailable', message, { cause: error });
    this.#outlet.cut(reason);
    this.disconnect();
    // Not ours any more; or already ending, and the end could not be written: nobody will close it for us.
    if (reason.code !== 'unavailable' || this.#state === 'ending') this.#change('close', 'failed');
  }

  #change(input: AttachmentInput, reason: CloseReason): void {
    const next = nextAttachment(this.#state, input);
    this.#state = next.state;
    switch (next.action) {
      case 'open_window':
        this.#deps.metrics?.detached?.();
        this.#stopWindowTimer = this.#deps.clock.after(this.#deps.limits.resumeWindowMs, () =>
          this.#change('window_over', 'resume_window_expired'),
        );
        return;
      case 'mark_end':
        this.#stopWindowTimer();
        this.#idleWatch.stop();
        this.#pauseWatch.stop();
        this.#feeder.mark({ type: 'end', reason });
        return;
      case 'shut_window':
        this.#letGo();
        return;
      case 'none':
        return;
    }
  }

  #letGo(): void {
    this.#life.letGo();
    this.#stopWindowTimer();
    this.#idleWatch.stop();
    this.#pauseWatch.stop();
    this.#ownerWatch.stop();
    this.#feeder.stop();
    this.#deps.bus.audio.release(this.sessionId);
    this.#start.stopFeed();
    this.#start.onGone(this);
    this.#becomeGone();
  }

  #endAtLimit(): void {
    const seconds = this.#deps.limits.maxDurationMs / 1000;
    const message = `The session has reached its limit of ${seconds} s of audio. Open a new one to go on.`;
    this.#outlet.send({ type: 'error', code: 'limit_exceeded', message, recoverable: false });
    this.#change('end', 'limit');
  }

  #refuseAfterEnd(what: string): void {
    if (!this.#endedByClient) return;
    throw new SttError('failed_precondition', `The end of the audio was announced; no ${what} can follow it.`, {
      recoverable: true,
    });
  }

  #warn(error: unknown, message: string): void {
    this.#life.log.warn({ err: error }, message);
  }
}
