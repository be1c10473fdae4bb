import {
  type CloseReason,
  ENCODINGS,
  type Final,
  type FinalReason,
  OVERFLOW_POLICIES,
  type SessionSpec,
  SttError,
} from '@verbatim/contracts';
import { z } from 'zod';
import type { SessionRecord } from '../ports.ts';

/** The hash's fields that make a record, in the order that `parseRecord` takes them. */
export const RECORD_FIELDS = [
  'spec',
  'token',
  'owner',
  'epoch',
  'door',
  'cursor',
  'next',
  'opened',
  'updated',
  'reason',
] as const;

const text = z.string();
const count = z.number().int().nonnegative();
/** Redis keeps numbers as their digits. */
const digits = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number);
const milliseconds = digits.transform((micros) => Math.floor(micros / 1_000));

const specSchema: z.ZodType<SessionSpec> = z.object({
  sessionId: text,
  tenant: text,
  kind: z.enum(['live', 'job']),
  model: text,
  encoding: z.enum(ENCODINGS),
  sampleRateHertz: count,
  channelCount: count,
  language: text.nullable(),
  partialResults: z.boolean(),
  silenceMs: count,
  maxUtteranceMs: count,
  prompt: text,
  overflow: z.enum(OVERFLOW_POLICIES),
});

const FINAL_REASONS = ['silence', 'max_utterance', 'finalize', 'end_of_audio', 'idle', 'gap'] as const;
const CLOSE_REASONS = [
  'end_of_audio',
  'resume_window_expired',
  'idle',
  'limit',
  'erased',
  'failed',
  'server_shutdown',
] as const;

const word = z.object({ text, start: z.number(), end: z.number(), confidence: z.number() });
const finalSchema: z.ZodType<Final> = z.object({
  type: z.literal('final'),
  sequence: count,
  utterance: count,
  text,
  words: z.array(word).exactOptional(),
  confidence: z.number(),
  start: z.number(),
  end: z.number(),
  language: text,
  reason: z.enum(FINAL_REASONS) satisfies z.ZodType<FinalReason>,
});

const recordSchema = z.tuple([
  text,
  text,
  text.nullable(),
  digits,
  text.nullable(),
  digits,
  digits,
  milliseconds,
  milliseconds,
  z.enum(CLOSE_REASONS).nullable() satisfies z.ZodType<CloseReason | null>,
]);

const grantSchema = z.tuple([digits, digits, digits, digits]);

/** The session's record of its fields' values; null if it has none. Rejects a damaged one with `internal`. */
export const parseRecord = (sessionId: string, values: readonly (string | null)[]): SessionRecord | null => {
  if (values[0] === null || values[0] === undefined) return null;
  const [spec, resumeTokenHash, owner, epoch, door, cursor, nextSequence, openedAt, updatedAt, closeReason] = parse(
    recordSchema,
    sessionId,
    values,
  );
  return {
    spec: parseJson(specSchema, sessionId, spec),
    resumeTokenHash,
    status: closeReason === null ? 'open' : 'closed',
    owner,
    epoch,
    door,
    cursor,
    nextSequence,
    openedAt,
    updatedAt,
    closeReason,
  };
};

export const parseFinal = (sessionId: string, json: string): Final => parseJson(finalSchema, sessionId, json);

/** Epoch, cursor, next sequence and attempts of a claim's reply. */
export const parseGrant = (sessionId: string, values: readonly (string | null)[]) =>
  parse(grantSchema, sessionId, values);

const parseJson = <T>(schema: z.ZodType<T>, sessionId: string, json: string): T => {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw damaged(sessionId, 'no JSON where there should be');
  }
  return parse(schema, sessionId, value);
};

const parse = <T>(schema: z.ZodType<T>, sessionId: string, value: unknown): T => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const where = result.error.issues[0]?.path.join('.') ?? '';
  throw damaged(sessionId, `a wrong value at "${where}"`);
};

const damaged = (sessionId: string, what: string): SttError =>
  new SttError('internal', `The stored record of session "${sessionId}" is damaged (${what}); erase the session.`);
