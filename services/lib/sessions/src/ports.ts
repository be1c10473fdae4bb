import type {
  CloseReason,
  Final,
  JobFailure,
  JobSpec,
  JobStatus,
  MediaInfo,
  Samples,
  SessionSpec,
} from '@verbatim/contracts';

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

export const WEBHOOK_STATES = ['none', 'pending', 'delivered', 'failed'] as const;
/** Whether a job's webhook was told of its end; `failed`: it was given up. */
export type WebhookState = (typeof WEBHOOK_STATES)[number];

export interface JobRecord {
  readonly spec: JobSpec;
  readonly status: JobStatus;
  /** 0 to 1: the share of the audio whose text is committed. 1 once completed. */
  readonly progress: number;
  /** Wall-clock milliseconds. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When a media worker first took it; null before. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** 0 before the first claim. */
  readonly epoch: number;
  readonly owner: string | null;
  /** Null before the file was looked into. */
  readonly media: MediaInfo | null;
  /** Sessions that hold its text, one for each channel transcribed apart (`jobSessionId`); 0 before they are opened. */
  readonly sessions: number;
  /** The audio's real length; null before the job is completed. */
  readonly audioSeconds: number | null;
  /** What was odd about the file without being a failure, in sentences. */
  readonly warnings: readonly string[];
  /** Why it failed; null otherwise. */
  readonly failure: JobFailure | null;
  readonly webhook: WebhookState;
}

/** A media worker's hold on a job. */
export interface JobGrant {
  readonly epoch: number;
  /** Claims, this one included, since the progress last grew. */
  readonly attempts: number;
  readonly record: JobRecord;
}

/** What a media worker reports on the way; what is absent stays. */
export interface JobReport {
  /** Never goes back. */
  readonly progress?: number;
  readonly media?: MediaInfo;
  readonly sessions?: number;
  /** The owner hands a job over that does it no harm: earlier attempts no longer count. */
  readonly isWell?: true;
}

/** How a job ended by itself. */
export type JobOutcome =
  | { readonly status: 'completed'; readonly audioSeconds: number; readonly warnings: readonly string[] }
  | { readonly status: 'failed'; readonly failure: JobFailure };

export interface JobPage {
  readonly jobs: readonly JobRecord[];
  /** Pass as `after` for the next page; null at the end. */
  readonly next: string | null;
}

/** What an idempotency key stands for. */
export type KeyState =
  /** It is the caller's now, until `settleKey` or `releaseKey`. */
  | { readonly state: 'reserved' }
  /** Another request with it is being served. */
  | { readonly state: 'busy' }
  | { readonly state: 'used'; readonly jobId: string; readonly fingerprint: string };

/**
 * Remembers every job. An unfinished one expires a day after its last activity, a finished one `ttl` after its end. A store
 * that is a server waits for it as the SessionStore does.
 */
export interface JobStore {
  /** A new job is `queued`. Rejects with `internal` if the id is in use. */
  open(spec: JobSpec): Promise<void>;
  get(jobId: string): Promise<JobRecord | null>;
  /** Makes `owner` the only one who may report: the epoch goes up by one and a queued job is `processing`. Null if it is finished or gone. */
  claim(jobId: string, owner: string): Promise<JobGrant | null>;
  /** `fenced` from an older epoch, and once the job is finished or gone: nothing is written then. Progress that grows resets the attempts. */
  report(jobId: string, epoch: number, report: JobReport): Promise<'ok' | 'fenced'>;
  /** Ends the job; a webhook that is to be told is `pending` from now on. `fenced` as `report`. */
  finish(jobId: string, epoch: number, outcome: JobOutcome): Promise<'ok' | 'fenced'>;
  /** Ends the job as `cancelled` if it is not finished. Its record afterwards; null if there is none. */
  cancel(jobId: string): Promise<JobRecord | null>;
  /** Unknown ids are ignored. */
  noteWebhook(jobId: string, state: WebhookState): Promise<void>;
  /** Forgets the job at once. Unknown ids are ignored. */
  erase(jobId: string): Promise<void>;
  /** Jobs of one tenant that are not hidden, newest first. Rejects as SessionStore.list does. */
  list(tenant: string, options: { readonly limit: number; readonly after: string | null }): Promise<JobPage>;
  /** Reserves a tenant's idempotency key for `holder`, a name of the caller's request. A reservation that is not settled ends after an hour. */
  reserveKey(tenant: string, key: string, holder: string): Promise<KeyState>;
  /** The holder's request made this job: kept as long as an unfinished job. Ignored from anybody else. */
  settleKey(tenant: string, key: string, holder: string, jobId: string, fingerprint: string): Promise<void>;
  /** The holder's request failed; the key is free again. Ignored from anybody else. */
  releaseKey(tenant: string, key: string, holder: string): Promise<void>;
}
