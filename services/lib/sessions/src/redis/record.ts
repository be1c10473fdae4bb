import { CLOSE_REASONS, type Final, finalSchema, sessionSpecSchema } from '@verbatim/contracts';
import { z } from 'zod';
import type { SessionRecord } from '../ports.ts';
import { digits, milliseconds } from './fields.ts';
import { parse, parseJson, type Subject } from './subject.ts';

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
    session(sessionId),
    values,
  );
  return {
    spec: parseJson(sessionSpecSchema, session(sessionId), spec),
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

export const parseFinal = (sessionId: string, json: string): Final => parseJson(finalSchema, session(sessionId), json);

/** Epoch, cursor, next sequence and attempts of a claim's reply. */
export const parseGrant = (sessionId: string, values: readonly (string | null)[]) =>
  parse(grantSchema, session(sessionId), values);

const session = (id: string): Subject => ({ kind: 'session', id });
