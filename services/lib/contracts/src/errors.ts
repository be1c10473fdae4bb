/**
 * What can go wrong, in the product's own words. Each door has one table from these codes to its own statuses.
 * The codes are stable: clients may rely on them.
 */
export const ERROR_CODES = [
  /** A field or message is malformed; `field` names it. */
  'invalid_argument',
  /** A message came at a moment where it makes no sense, such as audio before config. */
  'failed_precondition',
  'unknown_model',
  'unknown_language',
  'session_not_found',
  /** The session id is in use by another client. */
  'session_exists',
  /** The resume token does not belong to the session. */
  'resume_rejected',
  /** No transcriber has a free slot; `retryAfterMs` says when to come back. */
  'no_capacity',
  /** One message is larger than the limit. */
  'too_large',
  /** The session went past a limit of its own, such as its longest duration. */
  'limit_exceeded',
  /** The client reads its events too slowly; the session can be resumed. */
  'slow_reader',
  /** Too long without audio or keep-alive. */
  'idle_timeout',
  /** The server is draining or a part of it is away; the session can be resumed. */
  'unavailable',
  'internal',
  'job_not_found',
  /** The upload is no audio and no video. */
  'unsupported_media_type',
  /** The file is of a kind that holds audio, and none can be had from it. */
  'undecodable_audio',
  /** More audio than the server takes in one file. */
  'audio_too_long',
  /** This server lacks the program that reads such files. */
  'decoder_missing',
  /** The server no longer has the uploaded file. */
  'upload_lost',
  /** A request with the same idempotency key is being served now. */
  'idempotency_busy',
  /** The idempotency key was used for another request. */
  'idempotency_mismatch',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface SttErrorDetails {
  /** The request field at fault, in the caller's spelling (snake_case). */
  readonly field?: string;
  /** When a new attempt makes sense, in milliseconds from now. */
  readonly retryAfterMs?: number;
  /** True when the stream may go on after this error. */
  readonly recoverable?: boolean;
  readonly cause?: unknown;
}

/** An error that a client may see: a stable code and a sentence that says what was wrong and what to do. */
export class SttError extends Error {
  override readonly name = 'SttError';
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly recoverable: boolean;

  constructor(code: ErrorCode, message: string, details: SttErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.field = details.field;
    this.retryAfterMs = details.retryAfterMs;
    this.recoverable = details.recoverable ?? false;
  }

  /** Any thrown value as an SttError; what is not one already becomes `internal` and keeps its cause. */
  static from(error: unknown): SttError {
    if (error instanceof SttError) return error;
    return new SttError('internal', 'The server failed to handle this session.', { cause: error });
  }
}
