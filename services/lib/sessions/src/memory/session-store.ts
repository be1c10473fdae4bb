import { type Clock, type CloseReason, type Final, type SessionSpec, SttError } from '@verbatim/contracts';
import { lostFinals } from '../lost-finals.ts';
import type { Commit, Grant, SessionPage, SessionRecord, SessionStore } from '../ports.ts';
import { ExpiringMap } from './expiring-map.ts';
import { TenantIndex } from './tenant-index.ts';

interface Session {
  record: SessionRecord;
  state: Uint8Array | null;
  /** Claims since an owner last committed or vouched. */
  attempts: number;
  readonly finals: Final[];
}

/** The session store of a process that runs everything itself. */
export class MemorySessionStore implements SessionStore {
  readonly #clock: Clock;
  readonly #sessions: ExpiringMap<Session>;
  readonly #tenants = new TenantIndex();

  constructor(clock: Clock, ttlMs: number) {
    this.#clock = clock;
    this.#sessions = new ExpiringMap(clock, ttlMs, (id, { record }) => this.#tenants.remove(record.spec.tenant, id));
  }

  /** Sessions remembered, closed ones included. */
  get size(): number {
    return this.#sessions.size;
  }

  async open(spec: SessionSpec, resumeTokenHash: string, door?: string): Promise<void> {
    const { sessionId, tenant, kind } = spec;
    if (this.#sessions.get(sessionId) !== undefined) {
      throw new SttError(
        'session_exists',
        `The session id "${sessionId}" is in use; choose another one or resume it.`,
        {
          field: 'session_id',
        },
      );
    }
    const openedAt = this.#clock.wall();
    const record: SessionRecord = {
      spec,
      resumeTokenHash,
      status: 'open',
      owner: null,
      epoch: 0,
      door: door ?? null,
      cursor: 0,
      nextSequence: 1,
      openedAt,
      updatedAt: openedAt,
      closeReason: null,
    };
    this.#sessions.set(sessionId, { record, state: null, attempts: 0, finals: [] });
    // A job's sessions show as the job, in the list of jobs.
    if (kind === 'live') this.#tenants.add(tenant, sessionId);
  }

  async attach(sessionId: string, door: string, resumeTokenHash?: string): Promise<void> {
    const session = this.#known(sessionId);
    const change = { door, resumeTokenHash: resumeTokenHash ?? session.record.resumeTokenHash };
    if (session.record.status === 'open') this.#update(session, change);
    else session.record = { ...session.record, ...change };
  }

  async get(sessionId: string): Promise<SessionRecord | null> {
    return this.#sessions.get(sessionId)?.record ?? null;
  }

  async claim(sessionId: string, owner: string): Promise<Grant | null> {
    const session = this.#known(sessionId);
    if (session.record.status === 'closed') return null;
    session.attempts += 1;
    const record = this.#update(session, { owner, epoch: session.record.epoch + 1 });
    return {
      epoch: record.epoch,
      cursor: record.cursor,
      nextSequence: record.nextSequence,
      state: session.state?.slice() ?? null,
      attempts: session.attempts,
    };
  }

  async commit(sessionId: string, epoch: number, step: Commit): Promise<'ok' | 'fenced'> {
    const session = this.#sessions.get(sessionId);
    if (session?.record.epoch !== epoch || session.record.status === 'closed') return 'fenced';
    checkStep(session.record, step);
    const { nextSequence } = session.record;
    session.state = step.state.slice();
    session.attempts = 0;
    if (step.final !== undefined) session.finals.push(step.final);
    this.#update(session, { cursor: step.cursor, nextSequence: step.final ? nextSequence + 1 : nextSequence });
    return 'ok';
  }

  async vouch(sessionId: string, epoch: number): Promise<void> {
    const session = this.#sessions.get(sessionId);
    if (session?.record.epoch === epoch) session.attempts = 0;
  }

  async finals(sessionId: string, after: number): Promise<readonly Final[]> {
    return this.#sessions.get(sessionId)?.finals.slice(Math.max(0, after)) ?? [];
  }

  async touch(sessionId: string): Promise<void> {
    const session = this.#sessions.get(sessionId);
    if (session !== undefined) this.#update(session, {});
  }

  async close(sessionId: string, reason: CloseReason): Promise<void> {
    const session = this.#sessions.get(sessionId);
    if (session === undefined || session.record.status === 'closed') return;
    session.state = null;
    this.#update(session, { status: 'closed', owner: null, closeReason: reason });
  }

  async erase(sessionId: string): Promise<void> {
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return;
    this.#tenants.remove(session.record.spec.tenant, sessionId);
    this.#sessions.delete(sessionId);
  }

  async list(
    tenant: string,
    { limit, after }: { readonly limit: number; readonly after: string | null },
  ): Promise<SessionPage> {
    const { ids, next } = this.#tenants.page(tenant, limit, after);
    const sessions = ids.flatMap((id) => this.#sessions.get(id)?.record ?? []);
    return { sessions, next };
  }

  /** Forgets everything. */
  clear(): void {
    this.#sessions.clear();
    this.#tenants.clear();
  }

  #known(sessionId: string): Session {
    const session = this.#sessions.get(sessionId);
    if (session !== undefined) return session;
    throw new SttError('session_not_found', `The session "${sessionId}" is unknown or has expired; open a new one.`, {
      field: 'session_id',
    });
  }

  #update(session: Session, change: Partial<SessionRecord>): SessionRecord {
    session.record = { ...session.record, ...change, updatedAt: this.#clock.wall() };
    this.#sessions.set(session.record.spec.sessionId, session);
    return session.record;
  }
}

const checkStep = ({ spec, cursor, nextSequence }: SessionRecord, step: Commit): void => {
  if (step.finalsBefore !== undefined && nextSequence <= step.finalsBefore) {
    throw lostFinals(spec.sessionId, nextSequence - 1, step.finalsBefore);
  }
  if (step.cursor < cursor) {
    throw new SttError(
      'internal',
      `The cursor of session "${spec.sessionId}" is at ${cursor}; it can't go back to ${step.cursor}.`,
    );
  }
  if (step.final !== undefined && step.final.sequence !== nextSequence) {
    throw new SttError(
      'internal',
      `Session "${spec.sessionId}" needs final ${nextSequence} next, not ${step.final.sequence}.`,
    );
  }
};
