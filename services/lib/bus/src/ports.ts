import type { CloseReason, Samples, SessionEvent, SessionSpec, TraceContext } from '@verbatim/contracts';
import type { SlotPool } from './slot-pool.ts';

/** A request that takes effect at its place in the audio, so it travels with the audio and is replayed with it. */
export type Mark =
  | { readonly type: 'finalize'; readonly requestId: string }
  /** The client is there and sends nothing: an open utterance ends here as if silence had come. */
  | { readonly type: 'idle' }
  /** No more audio: the text so far becomes final and the session closes with `reason`. */
  | { readonly type: 'end'; readonly reason: CloseReason };

export type AudioEntry =
  | {
      readonly type: 'audio';
      readonly firstSample: Samples;
      readonly pcm16: Int16Array;
      /** When the last of it was stored, in milliseconds since 1970 by the log's clock. */
      readonly storedAt: number;
    }
  /** `index` counts the session's marks from 1, so that a replay knows which it has answered. */
  | { readonly type: 'mark'; readonly at: Samples; readonly index: number; readonly mark: Mark };

/**
 * Each session's audio and its marks, in order, as a ring bounded in seconds. Where the log is a server that goes away,
 * writing waits for it; it rejects with SttError `unavailable` when that takes too long, and has written nothing then or
 * all. Reading goes on by itself when the server is back.
 */
export interface AudioLog {
  /**
   * Adds 16 kHz mono samples at `firstSample`. Samples before the head are ignored (sent twice);
   * a start past the head leaves a hole that readers see as a jump of `firstSample`.
   */
  append(sessionId: string, firstSample: Samples, pcm16: Int16Array): Promise<void>;
  /**
   * Adds a mark at the head; resolves with its index. `permit` is asked right before each try to write: when it resolves
   * with false nothing is written and the call rejects with SttError `session_exists`; an SttError of its own passes.
   */
  mark(sessionId: string, mark: Mark, permit?: () => Promise<boolean>): Promise<number>;
  /**
   * Says that the text before `sample` is committed: no reader will start more than a second before it again. What this
   * process wrote after that it keeps, within the ring's bounds, so that a log whose server lost its memory gets it again.
   */
  committed(sessionId: string, sample: Samples): void;
  /** This process writes to the session no more; what it kept for it is forgotten. The log itself stays. */
  release(sessionId: string): void;
  /** The sample after the last one appended; 0 for a session without audio. */
  head(sessionId: string): Promise<Samples>;
  /**
   * Entries from `fromSample` on, then live ones until `signal` aborts or the session is erased. The first audio entry
   * is trimmed to `fromSample`; where the ring no longer holds it, reading starts at the oldest sample held.
   * Marks are never evicted before their session ends. All marks at `at >= fromSample` are delivered.
   * Entries hold any number of samples: they need not be cut as they were appended. `pcm16` may be a view of shared
   * memory that never changes; a reader must not write to it. Nothing is held for a reader before its first `next()`.
   */
  read(sessionId: string, fromSample: Samples, signal: AbortSignal): AsyncIterable<AudioEntry>;
  /** Forgets the session's audio and marks at once and ends its readers. */
  erase(sessionId: string): Promise<void>;
}

/**
 * A process's hold on what it took from a queue: a transcriber's on a session, a media worker's on a task. After `lost`,
 * `release()` or `done()` its methods do nothing.
 */
export interface Claim<T = SessionSpec> {
  readonly spec: T;
  /** The trace that it was offered in. */
  readonly trace?: TraceContext | undefined;
  /** Aborts when the hold is lost: heartbeats stopped for too long, or the offer was withdrawn. */
  readonly lost: AbortSignal;
  /** Says that the holder is alive; due every third of the queue's ack wait. */
  heartbeat(): Promise<void>;
  /** Hands it over now: it is offered again at once, before what is newer. */
  release(): Promise<void>;
  /** It has ended; nobody needs to claim it again. */
  done(): Promise<void>;
}

/** What waits for a process to take it: sessions for a transcriber, tasks for a media worker. In lanes, one for each kind of taker. */
export interface ClaimQueue<T = SessionSpec> {
  /**
   * Adds `spec` to the end of its lane. An id that is queued, or held by a process that lives, is left as it is; one whose
   * holder is gone is queued again at once, without waiting for its heartbeats to be missed. `trace` goes to whoever takes it.
   */
  offer(spec: T, trace?: TraceContext): Promise<void>;
  /** Takes an offer back, claimed or not; a holder sees `lost`. Unknown ids are ignored. */
  withdraw(id: string): Promise<void>;
  /**
   * Claims of `lane`, one for each slot acquired from `slots`; the consumer releases the slot when it is done with
   * the claim. Ends when `signal` aborts (an acquired, unused slot is released).
   */
  take(lane: string, slots: SlotPool, signal: AbortSignal): AsyncIterable<Claim<T>>;
  /** How many wait in the lane and how many of it are held. */
  depth(lane: string): Promise<{ readonly queued: number; readonly active: number }>;
}

/** The lane of sessions that a transcriber of `model` takes: live sessions and jobs have slots of their own. */
export const sessionLane = (model: string, kind: SessionSpec['kind']): string =>
  kind === 'live' ? model : `${model} jobs`;

export const TASK_KINDS = ['transcribe', 'webhook'] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

/** What a media worker does for a job: has its file transcribed, or tells its webhook how it ended. Its lane is its kind. */
export interface JobTask {
  readonly kind: TaskKind;
  readonly jobId: string;
}

/** A task's id in its queue. */
export const taskId = ({ kind, jobId }: JobTask): string => (kind === 'transcribe' ? jobId : `${jobId}-hook`);

/** What a door tells the owner of a session outside of the audio's order. */
export type Control = { readonly type: 'keep_alive' } | { readonly type: 'abort' };

/** Events from the owner to the doors, and control messages the other way. Live only: nothing is kept. */
export interface EventFeed {
  publish(sessionId: string, event: SessionEvent): Promise<void>;
  /**
   * Events published after the returned promise resolves, until `signal` aborts. A slow consumer loses superseded
   * partials and progress, never another event (see EventQueue). Events may be lost while a server between is away.
   */
  subscribe(sessionId: string, signal: AbortSignal): Promise<AsyncIterable<SessionEvent>>;
  control(sessionId: string, message: Control): Promise<void>;
  subscribeControl(sessionId: string, signal: AbortSignal): Promise<AsyncIterable<Control>>;
}

/** What one door asks of the door that has a session's connection. */
export type DoorCall =
  /**
   * Give the session up; with `onlyDetached`, only if no client is connected. `door` is who holds it by the session's
   * record, so that a door that held it earlier knows that it is not meant; null where the record names none.
   */
  | { readonly type: 'take'; readonly door: string | null; readonly onlyDetached: boolean }
  /** The session was erased. */
  | { readonly type: 'erased' };

/** What a door hands over of a session that it gives up. */
export interface Handover {
  /** Finalize requests in the log that wait for their answer, in order; `mark` is the index in the log. */
  readonly asked: readonly { readonly requestId: string; readonly mark: number }[];
  /** Index of the last mark that was answered. */
  readonly answered: number;
  /** Answers to finalize requests that no client has seen. */
  readonly unsentFlushes: readonly string[];
  /** The end of the audio is in the log: no more can be sent. */
  readonly ended: boolean;
  /** Sequence of the last final that the client was given. */
  readonly shown: number;
  /** For clients that come back without it: it stays what it was. */
  readonly resumeToken: string;
}

export type DoorReply =
  | { readonly type: 'handed_over'; readonly handover: Handover }
  | { readonly type: 'refused' }
  | { readonly type: 'noted' }
  /** Somebody serves the session, but no reply came in time. Adapters say this; a door that will not reply answers null. */
  | { readonly type: 'silent' };

/** How the doors, in any process, find the one that has a session. */
export interface Doors {
  /**
   * Answers calls about the session from when the returned promise resolves until `signal` aborts. A door whose answer is
   * null, or fails, says nothing, so that others may answer.
   */
  serve(sessionId: string, answer: (call: DoorCall) => Promise<DoorReply | null>, signal: AbortSignal): Promise<void>;
  /** Asks every door that serves the session: the first reply, `silent` if none comes within a second, null if nobody serves it. */
  call(sessionId: string, call: DoorCall): Promise<DoorReply | null>;
}

/** Uploaded files on their way to a media worker. In memory only, each erased when its job is finished, and by age. */
export interface ObjectStore {
  /**
   * Keeps what `content` gives under a new `key`; never the whole of it in this process's memory. Resolves with its size
   * when it can be fetched. Rejects with SttError `too_large` above `maxBytes`, `no_capacity` (with `retryAfterMs`) when
   * the store is full, `unavailable` when it is away, and with what `content` rejects with; nothing is kept then.
   */
  put(key: string, content: AsyncIterable<Uint8Array>, maxBytes: number): Promise<{ readonly bytes: number }>;
  /**
   * Writes the object to a new file at `path`; a store that has it as a file may link to it. False if there is no such
   * object. Rejects with the signal's reason when it aborts, with `unavailable` when the store is away; a file that was
   * begun is removed.
   */
  fetch(key: string, path: string, signal: AbortSignal): Promise<boolean>;
  /** Unknown keys are ignored. */
  erase(key: string): Promise<void>;
}

/** Tells whoever listens that something about `id` has changed; what, they read where it is stored. May be lost. */
export interface Notices {
  tell(id: string): Promise<void>;
  /**
   * One item for each notice told after the returned promise resolves, until `signal` aborts; several that come while the
   * consumer is busy are one. One more comes when a server between was away, as notices may have been lost then.
   */
  listen(id: string, signal: AbortSignal): Promise<AsyncIterable<void>>;
}

/** Everything a process needs of the bus. */
export interface Bus {
  /** By OpenTelemetry's name for it. */
  readonly system: 'nats' | 'memory';
  readonly audio: AudioLog;
  /** Sessions that wait for a transcriber; their lane is `sessionLane`. */
  readonly claims: ClaimQueue;
  /** What jobs wait for a media worker to do; the lane of a task is its kind. */
  readonly tasks: ClaimQueue<JobTask>;
  readonly events: EventFeed;
  readonly doors: Doors;
  readonly objects: ObjectStore;
  readonly notices: Notices;
}
