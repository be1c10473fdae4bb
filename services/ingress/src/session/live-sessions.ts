import {
  type AudioFormat,
  type CloseReason,
  type Final,
  newResumeToken,
  type SessionEvent,
  type SessionRequest,
  type SessionSpec,
  SttError,
  secondsFromSamples,
} from '@verbatim/contracts';
import type { SessionRecord } from '@verbatim/sessions';
import { awaitAdmission } from './await-admission.ts';
import { FlushLedger } from './flush-ledger.ts';
import { type Handover, LiveSession } from './live-session.ts';
import type { Principal, SessionDeps } from './options.ts';
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
}

export interface ResumeRequest {
  readonly sessionId: string;
  readonly token: string;
  /** Sequence of the last final that the client has; later ones are sent again. */
  readonly lastSequence: number;
  /** What differs from the format that the session was opened with. */
  readonly format?: Partial<AudioFormat>;
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
    return this.#alone(request.sessionId, () => this.#attach(record, request));
  }

  /**
   * Goes on with a session without its token, for clients that know none: only while no connection has it. Finals after
   * the last one that its old connection was given come again.
   * @returns null if there is no such detached session here.
   */
  async resumeDetached(
    sessionId: string,
    principal: Principal,
    overrides: { readonly lastSequence?: number; readonly format?: Partial<AudioFormat> } = {},
  ): Promise<LiveSession | null> {
    this.#refuseWhileDraining();
    const held = this.#sessions.get(sessionId);
    if (held === undefined || held.state !== 'detached' || held.spec.tenant !== principal.tenant) return null;
    const record = await this.#record(sessionId, principal);
    const request = { sessionId, token: held.resumeToken, lastSequence: held.shown, ...overrides };
    return this.#alone(sessionId, () => this.#attach(record, request));
  }

  /** Forgets a session, its audio and its text at once, whoever has it. Rejects with `session_not_found`. */
  async erase(sessionId: string, principal: Principal): Promise<void> {
    await this.#record(sessionId, principal);
    const { bus, store } = this.#deps;
    await bus.events.control(sessionId, { type: 'abort' });
    await bus.claims.withdraw(sessionId);
    await Promise.all([bus.audio.erase(sessionId), store.erase(sessionId)]);
    this.#sessions.get(sessionId)?.erased();
  }

  /**
   * Takes no new sessions and ends those it has with `server_shutdown`; resolves when their last finals are out and
   * all are closed, or after `deadlineMs`.
   * @returns how many were still open then.
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
      for (const session of held) session.endBecause('server_shutdown');
      await Promise.race([Promise.all(held.map((session) => session.gone)), deadline]);
    }
    stopTimer();
    return this.#sessions.size;
  }

  /** Lets go of every session without ending it, and takes no new ones: for a process that stops. */
  abandon(): void {
    this.#draining = true;
    for (const session of [...this.#sessions.values()]) session.abandon();
  }

  async #open(spec: SessionSpec, { signal, replaceClosed = false }: OpenOptions): Promise<LiveSession> {
    const { bus, store, limits, clock } = this.#deps;
    const { sessionId } = spec;
    if (replaceClosed) await this.#eraseClosed(spec);
    const resumeToken = newResumeToken();
    await store.open(spec, hashResumeToken(resumeToken));
    const stop = new AbortController();
    try {
      const feed = (await bus.events.subscribe(sessionId, stop.signal))[Symbol.asyncIterator]();
      await bus.claims.offer(spec);
      const admitted = await awaitAdmission(feed, limits.admissionWaitMs, clock, signal);
      if (signal?.aborted) throw new SttError('unavailable', 'The client left before the session was open.');
      if (!admitted) throw noCapacity(limits.admissionWaitMs);
      this.#refuseWhileDraining();
      const ledger = new FlushLedger('opened_here');
      const beginning = { nextSample: 0, lastSequence: 0, finals: [] };
      return this.#hold({ spec, resumeToken, format: spec, ...beginning, ledger, feed, stop });
    } catch (error) {
      stop.abort();
      await bus.claims.withdraw(sessionId);
      await Promise.all([bus.audio.erase(sessionId), store.erase(sessionId)]);
      throw error;
    }
  }

  async #attach(record: SessionRecord, request: ResumeRequest): Promise<LiveSession> {
    const { sessionId, lastSequence } = request;
    const { bus, store, metrics } = this.#deps;
    const newest = record.nextSequence - 1;
    if (!Number.isSafeInteger(lastSequence) || lastSequence < 0 || lastSequence > newest) {
      throw new SttError('invalid_argument', `last_sequence is ${lastSequence}; the session has ${newest} finals.`, {
        field: 'resume.last_sequence',
      });
    }
    const handover = await this.#sessions.get(sessionId)?.supersede();
    const stop = new AbortController();
    try {
      const live = (await bus.events.subscribe(sessionId, stop.signal))[Symbol.asyncIterator]();
      // Read again behind the subscription: a session that closed in between would never say so.
      const now = await this.#record(sessionId, record.spec);
      const [head, finals] = await Promise.all([bus.audio.head(sessionId), store.finals(sessionId, lastSequence)]);
      const closed = now.status === 'closed';
      metrics?.resumed?.();
      return this.#hold({
        spec: record.spec,
        resumeToken: request.token,
        format: { ...record.spec, ...request.format },
        nextSample: closed ? now.cursor : head,
        lastSequence,
        finals,
        ledger: handover?.ledger ?? new FlushLedger('from_elsewhere'),
        feed: closed ? closedFeed(now, now.closeReason ?? 'failed', finals.at(-1)) : live,
        stop,
        ...(handover && { handover }),
      });
    } catch (error) {
      stop.abort();
      throw error;
    }
  }

  #hold(start: {
    readonly spec: SessionSpec;
    readonly resumeToken: string;
    readonly format: AudioFormat;
    readonly nextSample: number;
    readonly lastSequence: number;
    readonly finals: readonly Final[];
    readonly ledger: FlushLedger;
    readonly feed: AsyncIterator<SessionEvent>;
    readonly stop: AbortController;
    readonly handover?: Handover;
  }): LiveSession {
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
    return session;
  }

  async #eraseClosed(spec: SessionSpec): Promise<void> {
    const record = await this.#deps.store.get(spec.sessionId);
    if (record?.status === 'closed' && record.spec.tenant === spec.tenant) await this.#deps.store.erase(spec.sessionId);
  }

  async #record(sessionId: string, { tenant }: Principal): Promise<SessionRecord> {
    const record = await this.#deps.store.get(sessionId);
    if (record?.spec.tenant === tenant) return record;
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

/** The feed of a session that has closed already: it says so once more. */
async function* closedFeed(
  record: SessionRecord,
  reason: CloseReason,
  last: Final | undefined,
): AsyncGenerator<SessionEvent, void, undefined> {
  const finals = Math.max(record.nextSequence - 1, last?.sequence ?? 0);
  yield { type: 'closed', reason, audioSeconds: secondsFromSamples(record.cursor), finals };
}
