import * as z from 'zod/mini';

/** A moment as JSON has it: ISO 8601. */
export const moment = z.pipe(
  z.string(),
  z.transform((text) => new Date(text)),
);
