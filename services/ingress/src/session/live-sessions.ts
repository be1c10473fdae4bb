import { randomUUID } from 'node:crypto';
import type { Handover } from '@verbatim/bus';
import {
  type AudioFormat,
  newResumeToken,
  type SessionEvent,
  type SessionRequest,
  type SessionSpec,
  SttError,
  type TraceContext,
} from '@verbatim/contracts';
import type { SessionRecord } from '@verbatim/sessions';
import { awaitAdmission } from './await-admission.ts';
import { closedEvent } from './closed-event.ts';
import { LiveSession, type LiveSessionStart } from './live-session.ts';
import type { Door, Principal, SessionDeps } from './options.ts';
import { specFromRequest } from './request.ts';
import { hashResumeToken, resumeTokenMatches } from './resume-token.ts';

export interface OpenOptions {
  /** Aborts when the client leaves before the session is open: nothing of it is kept then. */
  readonly signal?: AbortSignal;
  /**
   * Lets the session take the id of a closed one, whose text is forgotten. For clients that always send the same id,
   * as the plain ones of the seed protocol do.
   */
  readonly replaceClosed?: boolean;
  /** The request that opens it, in its trace. */
  readonly trace?: TraceContext | undefined;
}

export interface ResumeRequest {
  readonly sessionId: string;
  readonly token: string;
  /** Sequence of the last final that the client has; later ones are sent again. */
  readonly lastSequence: number;
  /** What differs from the format that the session was opened with. */
  readonly format?: Partial<AudioFormat>;
  /** The request that takes it up again, in its trace. */
  readonly trace?: TraceContext | undefined;
}

/** Opens, resumes and ends sessions: the one place where every door gets its LiveSession. */
export class LiveSessions {
  readonly #deps: SessionDeps;
  readonly #sessions = new Map<string, LiveSession>();
  /** Ids whose opening or resuming is under way. */
  readonly #busy = new Set<string>();
  #draining = false;

  constructor(deps: SessionDeps) {
    this.#deps = deps;
  }

  /** Sessions that this process holds, attached, detached or ending. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Where their doors make the spans of requests. */
  get tracing(): SessionDeps['tracing'] {
    return this.#deps.tracing;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /**
   * Opens a session and waits until a transcriber has taken it; no audio is accepted before.
   * @throws SttError `unknown_model`, `unknown_language`, `session_exists`, `no_capacity` (with `retryAfterMs`),
   *   `unavailable` while draining.
   */
  async open(request: SessionRequest, principal: Principal, options: OpenOptions = {}): Promise<LiveSession> {
    try {
      this.#refuseWhileDraining();
      const spec = specFromRequest(request, principal, this.#deps.models, this.#deps.defaults);
      const session = await this.#alone(spec.sessionId, () => this.#open(spec, options));
      this.#deps.metrics?.opened?.();
      return session;
    } catch (error) {
      this.#deps.metrics?.refused?.(SttError.from(error).code);
      throw error;
    }
  }

  /**
   * Goes on with a session whose connection was lost, or takes it from the connection that has it. Of a closed session
   * the later finals and `closed` come once more.
   * @throws SttError `session_not_found`, `resume_rejected`, `invalid_argument` for a final that does not exist.
   */
  async resume(request: ResumeRequest, principal: Principal): Promise<LiveSession> {
    this.#refuseWhileDraining();
    const record = await this.#record(request.sessionId, principal);
    if (!resumeTokenMatches(request.token, record.resumeTokenHash)) {
      throw new SttError('resume_rejected', `The resume token does not belong to session ${request.sessionId}.`, {
        field: 'resume.token',
      });
    }
    checkLastSequence(request.lastSequence, record);
    return this.#alone(request.sessionId, async () => {
      const { door } = record;
      const reply = await this.#deps.bus.doors.call(request.sessionId, { type: 'take', door, onlyDetached: false });
      return this.#attach(record, request, reply?.type === 'handed_over' ? reply.handover : null);
    });
  }

  /**
   * Goes on with a session without its token, for clients that know none: only while no connection has it, at any door.
   * Finals after the last one that its old connection was given come again; all of them, and a new token, if its door
   * died with that connection.
   * @returns null if there is no such detached session.
   */
  async resumeDetached(
    sessionId: string,
    principal: Principal,
    overrides: Partial<Pick<ResumeRequest, 'lastSequence' | 'format' | 'trace'>> = {},
  ): Promise<LiveSession | null> {
    this.#refuseWhileDraining();
    const { bus, store } = this.#deps;
    const record = await store.get(sessionId);
    if (record?.status !== 'open' || record.spec.tenant !== principal.tenant || this.#busy.has(sessionId)) return null;
    if (record.spec.kind === 'job') return null;
    // Still waiting for its first transcriber, at the door that opens it.
    if (record.epoch === 0) return null;
    return this.#alone(sessionId, async () => {
      const reply = await bus.doors.call(sessionId, { type: 'take', door: record.door, onlyDetached: true });
      if (reply !== null && reply.type !== 'handed_over') return null;
      if (overrides.lastSequence !== undefined) checkLastSequence(overrides.lastSequence, record);
      const handover = reply?.handover ?? null;
      const token = handover?.resumeToken ?? newResumeToken();
      const request = { sessionId, token, lastSequence: handover?.shown ?? 0, ...overrides };
      return this.#attach(record, request, handover);
    });
  }

  /** A client was told of an error outside of a session's events. One that is sent elsewhere by a process that stops is no fault. */
  toldOf({ code }: SttError, door: Door): void {
    this.#deps.metrics?.error?.(this.#draining && code === 'unavailable' ? 'draining' : code, door);
  }

  /** Forgets a session, its audio and its text at once, whoever has it. Rejects with `session_not_found`. */
  async erase(sessionId: string, principal: Principal): Promise<void> {
    await this.#record(sessionId, principal);
    const { bus, store } = this.#deps;
    await bus.events.control(sessionId, { type: 'abort' });
    await bus.claims.withdraw(sessionId);
    // First those that write, then what they wrote.
    await bus.doors.call(sessionId, { type: 'erased' });
    await Promise.all([bus.audio.erase(sessionId), store.erase(sessionId)]);
  }

  /**
   * Takes no new sessions. Those it has end with `server_shutdown`, or, where other doors are there to resume them, lose
   * their connections and wait to be taken over. Resolves when none is left here, or after `deadlineMs`.
   * @returns how many were left then.
   */
  async drain(deadlineMs: number): Promise<number> {
    this.#draining = true;
    let over = false;
    let stopTimer = () => {};
    const deadline = new Promise<void>((resolve) => {
      stopTimer = this.#deps.clock.after(deadlineMs, () => {
        over = true;
        resolve();
      });
    });
    // Again until none is left: a resume that was under way may bring one more.
    while (this.#sessions.size > 0 && !over) {
      const held = [...this.#sessions.values()];
      for (const session of held) {
        if (this.#deps.onDrain === 'hand_over') session.evict();
        else session.endBecause('server_shutdown');
      }
      await Promise.race([Promise.all(held.map((session) => session.finished)), deadline]);
    }
    stopTimer();
    return this.#sessions.size;
  }

  /** Lets go of every session without ending it, and takes no new ones: for a process that stops. */
  abandon(): void {
    this.#draining = true;
    for (const session of [...this.#sessions.values()]) session.abandon();
  }

  async #open(spec: SessionSpec, { signal, replaceClosed = false, trace }: OpenOptions): Promise<LiveSession> {
    const { bus, store, limits, clock } = this.#deps;
    const { sessionId } = spec;
    if (replaceClosed) await this.#eraseClosed(spec);
    const resumeToken = newResumeToken();
    const door = newDoor();
    await store.open(spec, hashResumeToken(resumeToken), door);
    const stop = new AbortController();
    try {
      const feed = (await bus.events.subscribe(sessionId, stop.signal))[Symbol.asyncIterator]();
      await bus.claims.offer(spec, trace);
      const admitted = await awaitAdmission(feed, limits.admissionWaitMs, clock, signal);
      if (signal?.aborted) throw new SttError('unavailable', 'The client left before the session was open.');
      if (!admitted) throw noCapacity(limits.admissionWaitMs);
      this.#refuseWhileDraining();
      const beginning = {
        ...{ openedAt: clock.wall(), begins: 'opened' as const },
        ...{ nextSample: 0, lastSequence: 0, finals: [], handover: null },
      };
      return await this.#hold({ spec, door, resumeToken, trace, format: spec, ...beginning, feed, stop });
    } catch (error) {
      stop.abort();
      await this.#undoOpening(sessionId, door);
      throw error;
    }
  }

  /** Where a server is away this fails as well; what is left expires by itself, and the client hears the first error. */
  async #undoOpening(sessionId: string, door: string): Promise<void> {
    const { bus, store } = this.#deps;
    const record = await store.get(sessionId).catch(() => null);
    if (record !== null && record.door !== door) return;
    await Promise.allSettled([bus.claims.withdraw(sessionId), bus.audio.erase(sessionId), store.erase(sessionId)]);
  }

  async #attach(record: SessionRecord, request: ResumeRequest, handover: Handover | null): Promise<LiveSession> {
    const { sessionId, lastSequence } = request;
    const { bus, store, metrics } = this.#deps;
    const door = newDoor();
    await store.attach(sessionId, door, hashResumeToken(request.token));
    const stop = new AbortController();
    try {
      const live = (await bus.events.subscribe(sessionId, stop.signal))[Symbol.asyncIterator]();
      // Read again behind the subscription: a session that closed in between would never say so.
      const now = await this.#record(sessionId, record.spec);
      const [head, finals] = await Promise.all([bus.audio.head(sessionId), store.finals(sessionId, lastSequence)]);
      const closed = now.status === 'closed';
      metrics?.resumed?.();
      return await this.#hold({
        spec: record.spec,
        openedAt: record.openedAt,
        begins: closed ? 'replayed' : 'resumed',
        door,
        resumeToken: request.token,
        trace: request.trace,
        format: { ...record.spec, ...request.format },
        // The log forgets by age; what is committed was received.
        nextSample: closed ? now.cursor : Math.max(head, now.cursor),
        lastSequence,
        finals,
        feed: closed ? only(closedEvent(now)) : live,
        stop,
        handover,
      });
    } catch (error) {
      stop.abort();
      throw error;
    }
  }

  async #hold(start: Omit<LiveSessionStart, 'stopFeed' | 'onGone'> & { readonly stop: AbortController }) {
    const { stop, ...rest } = start;
    const { sessionId } = start.spec;
    const session = new LiveSession(this.#deps, {
      ...rest,
      stopFeed: () => stop.abort(),
      onGone: (gone) => {
        if (this.#sessions.get(sessionId) === gone) this.#sessions.delete(sessionId);
      },
    });
    this.#sessions.set(sessionId, session);
    try {
      await this.#deps.bus.doors.serve(sessionId, (call) => session.answer(call), stop.signal);
    } catch (error) {
      session.abandon();
      throw error;
    }
    return session;
  }

  async #eraseClosed(spec: SessionSpec): Promise<void> {
    const record = await this.#deps.store.get(spec.sessionId);
    if (record?.status === 'closed' && record.spec.tenant === spec.tenant) await this.#deps.store.erase(spec.sessionId);
  }

  async #record(sessionId: string, { tenant }: Principal): Promise<SessionRecord> {
    const record = await this.#deps.store.get(sessionId);
    // The sessions of jobs are no client's.
    if (record?.spec.tenant === tenant && record.spec.kind === 'live') return record;
    throw new SttError('session_not_found', `There is no session "${sessionId}", or its text has expired.`, {
      field: 'session_id',
    });
  }

  /** One opening or resuming at a time for each id: the second of two at once is refused. */
  async #alone<T>(sessionId: string, run: () => Promise<T>): Promise<T> {
    if (this.#busy.has(sessionId)) {
      throw new SttError('session_exists', `Session ${sessionId} is being opened by another connection.`, {
        field: 'session_id',
      });
    }
    this.#busy.add(sessionId);
    try {
      return await run();
    } finally {
      this.#busy.delete(sessionId);
    }
  }

  #refuseWhileDraining(): void {
    if (!this.#draining) return;
    throw new SttError('unavailable', 'The server is shutting down. Connect again in a moment.', {
      retryAfterMs: 1_000,
    });
  }
}

const noCapacity = (waitedMs: number): SttError => {
  const retryAfterMs = Math.max(1_000, 2 * waitedMs);
  return new SttError(
    'no_capacity',
    `No transcriber had a free slot within ${waitedMs / 1000} s. Try again in ${retryAfterMs / 1000} s.`,
    { retryAfterMs },
  );
};

/** @throws SttError `invalid_argument` for a final that the session does not have. */
const checkLastSequence = (lastSequence: number, { nextSequence }: SessionRecord): void => {
  const newest = nextSequence - 1;
  if (Number.isSafeInteger(lastSequence) && lastSequence >= 0 && lastSequence <= newest) return;
  throw new SttError('invalid_argument', `last_sequence is ${lastSequence}; the session has ${newest} finals.`, {
    field: 'resume.last_sequence',
  });
};

/** The name of one hold on one session. */
const newDoor = (): string => randomUUID();

/** The feed of a session that has closed already: it says so once more. */
async function* only(event: SessionEvent): AsyncGenerator<SessionEvent, void, undefined> {
  yield event;
}
