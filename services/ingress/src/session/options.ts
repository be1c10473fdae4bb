import type { Bus } from '@verbatim/bus';
import type { AudioFormat, Clock, CloseReason, ErrorCode, SessionTask } from '@verbatim/contracts';
import type { Logger, StagedFinal, StageSpan, Tracing } from '@verbatim/kit';
import type { SessionStore } from '@verbatim/sessions';
import type { Wait } from './latency-meter.ts';

/** A model that sessions may name. */
export interface ModelInfo {
  readonly id: string;
  /** Other names of it that a session may use. */
  readonly aliases?: readonly string[] | undefined;
  /** BCP-47 primary subtags in lower case; empty: any language. */
  readonly languages: readonly string[];
  readonly tasks: readonly SessionTask[];
  /** Whether its finals tell when each word was said. */
  readonly wordTimes: boolean;
}

export interface ModelList {
  /** The id that sessions get which name no model. */
  readonly default: string;
  readonly list: readonly ModelInfo[];
}

/** What a session gets where its client asks for nothing. */
export interface SessionDefaults extends AudioFormat {
  readonly silenceMs: number;
  readonly maxUtteranceMs: number;
}

/** The limits that hold for every session, whatever its client asks for. */
export interface SessionLimits {
  /** Audio received and not yet decoded before the client is held back, or its oldest audio dropped; seconds. */
  readonly bufferMaxSeconds: number;
  /** How long a session outlives its connection, in milliseconds. */
  readonly resumeWindowMs: number;
  /** Milliseconds without audio or keep-alive after which an attached session ends. */
  readonly idleTimeoutMs: number;
  /** Audio of one session, in milliseconds. */
  readonly maxDurationMs: number;
  /** How long a new session waits for a transcriber, in milliseconds. */
  readonly admissionWaitMs: number;
  /** Audio goes into the log in chunks of at least this many milliseconds: each is a message where the bus is a network. */
  readonly minChunkMs: number;
  /** Bytes of one audio chunk. */
  readonly maxChunkBytes: number;
  /** Events a client may leave unread before it is detached as a slow reader. */
  readonly maxUnreadEvents: number;
}

export const DEFAULT_SESSION_LIMITS: SessionLimits = {
  bufferMaxSeconds: 5,
  resumeWindowMs: 30_000,
  idleTimeoutMs: 60_000,
  maxDurationMs: 4 * 3_600_000,
  admissionWaitMs: 1_000,
  minChunkMs: 60,
  maxChunkBytes: 1024 * 1024,
  maxUnreadEvents: 1_000,
};

/** What the doors count. Every hook is optional. */
export interface SessionMetrics {
  opened?(): void;
  refused?(code: ErrorCode): void;
  resumed?(): void;
  detached?(): void;
  closed?(reason: CloseReason): void;
  /** Audio taken in, in seconds. */
  received?(seconds: number): void;
  /** Audio lost to `drop_oldest`, in seconds. */
  dropped?(seconds: number): void;
  slowReader?(): void;
  /** A client waited; `traceId` names a trace that shows why. */
  waited?(wait: Wait, labels: { readonly door: Door; readonly model: string }, traceId?: string): void;
  /** A final passed a stage at this door. */
  stage?(span: StageSpan, final: StagedFinal): void;
  /** A client was told of an error. */
  error?(code: string, door: Door | 'rest'): void;
}

/** The doors that live sessions come through. */
export type Door = 'grpc' | 'websocket';

/** Who is asking. */
export interface Principal {
  readonly tenant: string;
}

export interface SessionDeps {
  readonly bus: Bus;
  readonly store: SessionStore;
  readonly models: ModelList;
  readonly defaults: SessionDefaults;
  readonly limits: SessionLimits;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics?: SessionMetrics;
  readonly tracing?: Tracing | undefined;
  /** What becomes of live sessions when this process stops: they end, or other doors take them over. Default: they end. */
  readonly onDrain?: 'end' | 'hand_over';
}
