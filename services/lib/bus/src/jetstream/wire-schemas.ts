import { CLOSE_REASONS } from '@verbatim/contracts';
import { z } from 'zod';
import type { Control, DoorCall, DoorReply, Mark } from '../ports.ts';

const count = z.number().int().nonnegative();

export const markSchema: z.ZodType<Mark> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('finalize'), requestId: z.string() }),
  z.object({ type: z.literal('idle') }),
  z.object({ type: z.literal('end'), reason: z.enum(CLOSE_REASONS) }),
]);

export const controlSchema: z.ZodType<Control> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('keep_alive') }),
  z.object({ type: z.literal('abort') }),
]);

export const doorCallSchema: z.ZodType<DoorCall> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('take'), door: z.string().nullable(), onlyDetached: z.boolean() }),
  z.object({ type: z.literal('erased') }),
]);

/** What doors say. `silent` is not among it: that is for the caller's side to say. */
export const doorReplySchema: z.ZodType<DoorReply> = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('handed_over'),
    handover: z.object({
      asked: z.array(z.object({ requestId: z.string(), mark: count })),
      answered: count,
      unsentFlushes: z.array(z.string()),
      ended: z.boolean(),
      shown: count,
      resumeToken: z.string(),
    }),
  }),
  z.object({ type: z.literal('refused') }),
  z.object({ type: z.literal('noted') }),
]);

/** How JetStream answers who wrote a message. */
export const publishAckSchema = z.object({
  seq: z.number().optional(),
  error: z.object({ err_code: z.number(), description: z.string() }).optional(),
});

/** What a message says, or null if it is not what it should be: another version's, or a stranger's. */
export const parseJson = <T>(schema: z.ZodType<T>, data: Uint8Array | string): T | null => {
  try {
    const parsed = schema.safeParse(JSON.parse(typeof data === 'string' ? data : new TextDecoder().decode(data)));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
};
