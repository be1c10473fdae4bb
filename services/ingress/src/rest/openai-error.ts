import type { FastifyReply } from 'fastify';
import { toProblem } from './problem.ts';

/** An error as OpenAI's clients read it. */
export interface OpenaiError {
  readonly message: string;
  readonly type: 'invalid_request_error' | 'rate_limit_error' | 'server_error';
  readonly param: string | null;
  readonly code: string;
}

/** Any thrown value in OpenAI's shape. */
export const toOpenaiError = (thrown: unknown): { readonly status: number; readonly error: OpenaiError } => {
  const { status, detail, code, field } = toProblem(thrown);
  const type = status === 429 ? 'rate_limit_error' : status >= 500 ? 'server_error' : 'invalid_request_error';
  return { status, error: { message: detail, type, param: field ?? null, code } };
};

export const sendOpenaiError = (reply: FastifyReply, thrown: unknown): FastifyReply => {
  const { status, error } = toOpenaiError(thrown);
  return reply.code(status).type('application/json').serializer(String).send(JSON.stringify({ error }));
};
