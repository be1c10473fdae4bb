import { SttError } from '@verbatim/contracts';
import type { z } from 'zod';

/**
 * Checks what a client asked for against a strict schema of its fields, whose messages complete a sentence.
 * @throws SttError `invalid_argument`, with the first field at fault named in the message and in `field`.
 */
export const parseRequest = <T extends z.ZodObject>(schema: T, input: unknown): z.output<T> => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  if (issue.code === 'unrecognized_keys') {
    const field = issue.keys[0]!;
    const known = Object.keys(schema.shape).join(', ');
    throw new SttError('invalid_argument', `There is no setting "${field}". Known: ${known}.`, { field });
  }
  const field = issue.path.map(String).join('.') || 'config';
  const value = valueAt(input, issue.path);
  throw new SttError('invalid_argument', `${field} ${describe(value)}: ${issue.message}.`, { field });
};

const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    input,
  );

/** Values are client text: cut, so that an error stays one readable line. */
const describe = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'undefined';
  return `is ${text.length > 80 ? `${text.slice(0, 80)}…` : text}`;
};
