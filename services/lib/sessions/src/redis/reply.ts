import { z } from 'zod';

/** Scripts reply strings as bytes, and nil. */
export const replySchema = z.array(z.union([z.instanceof(Uint8Array), z.null()]));

export const text = (value: unknown): string | null =>
  value instanceof Uint8Array ? Buffer.from(value).toString() : null;

export const texts = (reply: unknown): readonly (string | null)[] => replySchema.parse(reply).map(text);
