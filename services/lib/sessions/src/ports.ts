import type { CloseReason, Final, Samples, SessionSpec } from '@verbatim/contracts';

export type SessionStatus = 'open' | 'closed';

export interface SessionRecord {
  readonly spec: SessionSpec;
  /** SHA-256 of the resume token, hex. */
  readonly resumeTokenHash: string;
  readonly status: SessionStatus;
  readonly owner: string | null;
  /** 0 before the first claim. */
  readonly epoch: number;
  /** The door's hold on the session, as it named itself; null before the first. A door that finds another name here has lost it. */
  readonly door: string | null;
  /** The sample up to which the text is committed. */
  readonly cursor: Samples;
  readonly nextSequence: number;
  readonly openedAt: number;
  readonly updatedAt: number;
  readonly closeReason: CloseReason | null;
}

/** What a new owner needs to go on exactly where the last one stopped. */
export interface Grant {
  readonly epoch: number;
  readonly cursor: Samples;
  readonly nextSequence: number;
  /** The recogniser's state at `cursor`; null for a session never committed. */
  readonly state: Uint8Array | null;
  /** Claims, this one included, since an owner last committed or vouched: many mean that the session kills who takes it. */
  readonly attempts: number;
}

/** One step forward, written as a whole or not at all. */
export interface Commit {
  /** Its `sequence` must be the record's `nextSequence`. */
  readonly final?: Final;
  /**
   * Finals committed before this step, as its owner counts them. A store that has fewer has lost what it confirmed, as a
   * server may that dies before its disk has it: it writes nothing and rejects with `unavailable`, so that the owner lets
   * go and the next one goes on from what is left.
   */
  readonly finalsBefore?: number;
  readonly cursor: Samples;
  readonly state: Uint8Array;
}

export interface SessionPage {
  readonly sessions: readonly SessionRecord[];
  /** Pass as `after` for the next page; null at the end. */
  readonly next: string | null;
}

/**
 * Remembers every session: its spec, owner, cursor and finals. Text expires `ttl` after the last activity. Where the
 * store is a server that goes away, every call waits for it and then takes effect once; it rejects with SttError
 * `unavailable` when that takes too long, and may or may not have taken effect then.
 */
export interface SessionStore {
  /** Rejects with `session_exists` if an unexpired session has this id; another tenant's is never overwritten either. */
  open(spec: SessionSpec, resumeTokenHash: string, door?: string): Promise<void>;
  /**
   * Notes which door has the session and, if given, a new resume token. Rejects with `session_not_found`; a closed session
   * stays closed.
   */
  attach(sessionId: string, door: string, resumeTokenHash?: string): Promise<void>;
  get(sessionId: string): Promise<SessionRecord | null>;
  /** Makes `owner` the only one who may commit: the epoch goes up by one. Rejects with `session_not_found`; null if closed. */
  claim(sessionId: string, owner: string): Promise<Grant | null>;
  /**
   * Atomic: checks the epoch, writes the final, moves the cursor, keeps the state. Whoever holds an older epoch gets
   * `fenced` and has written nothing; so does everyone once the session is closed, erased or expired. Rejects, having
   * written nothing, if the cursor would move back or the final's sequence is not the next one.
   */
  commit(sessionId: string, epoch: number, step: Commit): Promise<'ok' | 'fenced'>;
  /** The owner of this epoch is well: earlier attempts no longer count. Ignored from an older epoch. */
  vouch(sessionId: string, epoch: number): Promise<void>;
  /** Finals with a sequence greater than `after`, in order. */
  finals(sessionId: string, after: number): Promise<readonly Final[]>;
  /** Renews the time to live, as claim, commit and close do; reading does not. Unknown ids are ignored. */
  touch(sessionId: string): Promise<void>;
  /** The first reason stays; unknown ids are ignored. A closed session accepts no commit (`fenced`) and its state is dropped. */
  close(sessionId: string, reason: CloseReason): Promise<void>;
  /** Forgets the session and its text at once. */
  erase(sessionId: string): Promise<void>;
  /**
   * Sessions of one tenant, open and closed, newest first. Rejects with `invalid_argument` for a limit below 1 or an
   * `after` that no page of this list gave.
   */
  list(tenant: string, options: { readonly limit: number; readonly after: string | null }): Promise<SessionPage>;
}
