import {
  ENCODINGS,
  ERROR_CODES,
  OVERFLOW_POLICIES,
  type SessionEvent,
  type SessionSpec,
  sessionIdSchema,
} from '@verbatim/contracts';
import { z } from 'zod';
import type { Control, DoorCall, DoorReply, Mark } from '../ports.ts';

const count = z.number().int().nonnegative();
const closeReason = z.enum([
  'end_of_audio',
  'resume_window_expired',
  'idle',
  'limit',
  'erased',
  'failed',
  'server_shutdown',
]);

export const markSchema: z.ZodType<Mark> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('finalize'), requestId: z.string() }),
  z.object({ type: z.literal('idle') }),
  z.object({ type: z.literal('end'), reason: closeReason }),
]);

export const specSchema: z.ZodType<SessionSpec> = z.object({
  sessionId: sessionIdSchema,
  tenant: z.string(),
  kind: z.enum(['live', 'job']),
  model: z.string(),
  encoding: z.enum(ENCODINGS),
  sampleRateHertz: z.number(),
  channelCount: z.number(),
  language: z.string().nullable(),
  partialResults: z.boolean(),
  silenceMs: z.number(),
  maxUtteranceMs: z.number(),
  prompt: z.string(),
  overflow: z.enum(OVERFLOW_POLICIES),
});

const text = {
  utterance: count,
  text: z.string(),
  confidence: z.number(),
  start: count,
  end: count,
  language: z.string(),
};
const word = z.object({ text: z.string(), start: count, end: count, confidence: z.number() });

export const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('opened'), sessionId: z.string(), resumeToken: z.string(), nextSample: count }),
  z.object({ type: z.literal('speech_started'), at: count }),
  z.object({ type: z.literal('speech_ended'), at: count }),
  z.object({ type: z.literal('partial'), stableChars: count, ...text }),
  z.object({
    type: z.literal('final'),
    sequence: count,
    words: z.array(word).exactOptional(),
    reason: z.enum(['silence', 'max_utterance', 'finalize', 'end_of_audio', 'idle', 'gap']),
    ...text,
  }),
  z.object({ type: z.literal('flushed'), requestId: z.string(), mark: count }),
  z.object({ type: z.literal('gap'), from: count, to: count, reason: z.enum(['overflow', 'expired']) }),
  z.object({
    type: z.literal('suppressed'),
    start: count,
    end: count,
    reason: z.enum(['empty', 'repetition', 'low_confidence', 'no_speech']),
  }),
  z.object({
    type: z.literal('progress'),
    receivedSample: count,
    decodedSample: count,
    committedSample: count,
    finals: count,
    marks: count,
    lagSeconds: z.number(),
  }),
  z.object({ type: z.literal('moved'), epoch: count }),
  z.object({ type: z.literal('closed'), reason: closeReason, audioSeconds: z.number(), finals: count }),
  z.object({
    type: z.literal('error'),
    code: z.enum(ERROR_CODES),
    message: z.string(),
    recoverable: z.boolean(),
  }),
]) satisfies z.ZodType<SessionEvent>;

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

/** What a message says, or null if it is not what it should be: another version's, or a stranger's. */
export const parseJson = <T>(schema: z.ZodType<T>, data: Uint8Array | string): T | null => {
  try {
    const parsed = schema.safeParse(JSON.parse(typeof data === 'string' ? data : new TextDecoder().decode(data)));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
};
