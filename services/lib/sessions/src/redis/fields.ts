import { z } from 'zod';

/** Redis keeps numbers as their digits. */
export const digits = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number);

/** Microseconds of Redis' clock as milliseconds. */
export const milliseconds = digits.transform((micros) => Math.floor(micros / 1_000));
