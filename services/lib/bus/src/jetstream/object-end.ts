import { z } from 'zod';
import { messageAt } from './message-at.ts';
import { OBJECTS_STREAM, objectEndSubject } from './names.ts';
import type { Wire } from './wire.ts';
import { parseJson } from './wire-schemas.ts';

/** The record that makes an object of an upload's chunks. */
export interface ObjectEnd {
  readonly upload: string;
  readonly bytes: number;
  readonly chunks: number;
  /** Hex. */
  readonly sha256: string;
}

const count = z.number().int().nonnegative();
const objectEndSchema: z.ZodType<ObjectEnd> = z.object({
  upload: z.string(),
  bytes: count,
  chunks: count,
  sha256: z.string(),
});

/** What is known of the object, and where in the stream; null if there is none. */
export const findObjectEnd = async (
  wire: Wire,
  key: string,
): Promise<{ readonly sequence: number; readonly end: ObjectEnd } | null> => {
  const message = await messageAt(wire, OBJECTS_STREAM, objectEndSubject(key));
  const end = message === null ? null : parseJson(objectEndSchema, message.data);
  return message === null || end === null ? null : { sequence: message.seq, end };
};
