import { SttError } from '@verbatim/contracts';
import type { z } from 'zod';

/** What a record is of, as errors name it. */
export interface Subject {
  readonly kind: 'session' | 'job' | 'idempotency key';
  readonly id: string;
}

/** What the schema makes of stored JSON. Rejects a damaged one with `internal`. */
export const parseJson = <T>(schema: z.ZodType<T>, subject: Subject, json: string): T => {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw damaged(subject, 'no JSON where there should be');
  }
  return parse(schema, subject, value);
};

/** What the schema makes of stored values. Rejects damaged ones with `internal`. */
export const parse = <T>(schema: z.ZodType<T>, subject: Subject, value: unknown): T => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const where = result.error.issues[0]?.path.join('.') ?? '';
  throw damaged(subject, `a wrong value at "${where}"`);
};

/** What `work` gives; a record that Redis itself can't work with is named in the error. */
export const workingWith = async <T>({ kind, id }: Subject, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SttError) || error.code !== 'internal') throw error;
    throw new SttError('internal', `The record of ${kind} "${id}" can't be worked with: ${error.message}`, {
      cause: error,
    });
  }
};

const damaged = ({ kind, id }: Subject, what: string): SttError =>
  new SttError('internal', `The stored record of ${kind} "${id}" is damaged (${what}); erase the ${kind}.`);
