import type { CloseReason, ErrorCode } from '@verbatim/contracts';

/** WebSocket close codes (RFC 6455, section 7.4.1, and the IANA registry for 1012 and 1013). */
export const CLOSE = { normal: 1000, policy: 1008, tooBig: 1009, internal: 1011, restart: 1012, later: 1013 } as const;

export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE];

/** Errors of jobs are not among them: no socket has a job. */
const FOR_ERROR: Partial<Record<ErrorCode, CloseCode>> = {
  invalid_argument: CLOSE.policy,
  failed_precondition: CLOSE.policy,
  unknown_model: CLOSE.policy,
  unknown_language: CLOSE.policy,
  session_not_found: CLOSE.policy,
  session_exists: CLOSE.policy,
  resume_rejected: CLOSE.policy,
  no_capacity: CLOSE.later,
  too_large: CLOSE.tooBig,
  limit_exceeded: CLOSE.policy,
  slow_reader: CLOSE.policy,
  idle_timeout: CLOSE.normal,
  unavailable: CLOSE.restart,
  internal: CLOSE.internal,
};

export const closeCodeForError = (code: ErrorCode): CloseCode => FOR_ERROR[code] ?? CLOSE.internal;

const FOR_REASON: Record<CloseReason, CloseCode> = {
  end_of_audio: CLOSE.normal,
  resume_window_expired: CLOSE.normal,
  idle: CLOSE.normal,
  limit: CLOSE.policy,
  erased: CLOSE.policy,
  failed: CLOSE.internal,
  server_shutdown: CLOSE.restart,
};

export const closeCodeForReason = (reason: CloseReason): CloseCode => FOR_REASON[reason];
