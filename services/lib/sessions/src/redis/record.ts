import { CLOSE_REASONS, type Final, finalSchema, SttError, sessionSpecSchema } from '@verbatim/contracts';
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
/** Redis keeps numbers as their digits. */
const digits = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number);
const milliseconds = digits.transform((micros) => Math.floor(micros / 1_000));

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
  z.enum(CLOSE_REASONS).nullable(),
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
    spec: parseJson(sessionSpecSchema, sessionId, spec),
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
