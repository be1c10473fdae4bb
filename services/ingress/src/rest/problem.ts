import { STATUS_CODES } from 'node:http';
import { type ErrorCode, SttError } from '@verbatim/contracts';
import type { FastifyReply } from 'fastify';
import { HttpError } from './http-error.ts';

const STATUS: Record<ErrorCode, number> = {
  invalid_argument: 400,
  failed_precondition: 409,
  unknown_model: 404,
  unknown_language: 400,
  session_not_found: 404,
  session_exists: 409,
  resume_rejected: 403,
  no_capacity: 429,
  too_large: 413,
  limit_exceeded: 400,
  slow_reader: 409,
  idle_timeout: 408,
  unavailable: 503,
  internal: 500,
  job_not_found: 404,
  unsupported_media_type: 415,
  undecodable_audio: 422,
  audio_too_long: 422,
  decoder_missing: 501,
  upload_lost: 410,
  idempotency_busy: 409,
  idempotency_mismatch: 422,
};

/** RFC 9457 problem details; `code` is stable, `detail` is for people. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly field?: string;
}

/** Any thrown value as a problem. What a client can't act on is told without details. */
export const toProblem = (thrown: unknown): Problem => {
  if (thrown instanceof HttpError) return problem(thrown.status, thrown.code, thrown.message);
  const status = clientErrorStatus(thrown);
  if (status !== null && thrown instanceof Error) return problem(status, codeForStatus(status), `${thrown.message}.`);
  const error = SttError.from(thrown);
  const { field } = error;
  return { ...problem(STATUS[error.code], error.code, error.message), ...(field !== undefined && { field }) };
};

/** Answers with a problem, and with Retry-After where a retry helps. */
export const sendProblem = (reply: FastifyReply, thrown: unknown): FastifyReply => {
  const body = toProblem(thrown);
  if (thrown instanceof SttError && thrown.retryAfterMs !== undefined) {
    reply.header('retry-after', Math.ceil(thrown.retryAfterMs / 1000));
  }
  if (body.status === 401) reply.header('www-authenticate', 'Bearer');
  // Sent as text: a route's response schema is not the shape of a problem.
  return reply.code(body.status).type('application/problem+json').serializer(String).send(JSON.stringify(body));
};

const problem = (status: number, code: string, detail: string): Problem => ({
  type: 'about:blank',
  title: STATUS_CODES[status] ?? 'Error',
  status,
  detail,
  code,
});

/** Fastify's own errors (a body that is no JSON, a parameter out of range) carry a status below 500. */
const clientErrorStatus = (thrown: unknown): number | null => {
  if (typeof thrown !== 'object' || thrown === null || !('statusCode' in thrown)) return null;
  const { statusCode } = thrown;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : null;
};

const codeForStatus = (status: number): string => {
  switch (status) {
    case 413:
      return 'too_large';
    case 415:
      return 'unsupported_media_type';
    default:
      return 'invalid_argument';
  }
};
