import { z } from 'zod';
import { ERROR_CODES } from './errors.ts';
import { CLOSE_REASONS, FINAL_REASONS, type Final, type SessionEvent } from './events.ts';
import { sessionIdSchema } from './ids.ts';
import { CHANNEL_MODES, type JobSpec } from './job-spec.ts';
import { ENCODINGS, OVERFLOW_POLICIES, SESSION_TASKS, type SessionSpec } from './session-spec.ts';

const count = z.number().int().nonnegative();

/** Absent in specs of before there were models that translate. */
const task = z.enum(SESSION_TASKS).default('transcribe');

/** A session's spec as it comes from another process. */
export const sessionSpecSchema: z.ZodType<SessionSpec> = z.object({
  sessionId: sessionIdSchema,
  tenant: z.string(),
  kind: z.enum(['live', 'job']),
  model: z.string(),
  encoding: z.enum(ENCODINGS),
  sampleRateHertz: count,
  channelCount: count,
  language: z.string().nullable(),
  task,
  partialResults: z.boolean(),
  silenceMs: count,
  maxUtteranceMs: count,
  prompt: z.string(),
  overflow: z.enum(OVERFLOW_POLICIES),
});

const audioFormat = z.object({ encoding: z.enum(ENCODINGS), sampleRateHertz: count, channelCount: count });

/** A job's spec as it comes from a store. */
export const jobSpecSchema: z.ZodType<JobSpec> = z.object({
  jobId: sessionIdSchema,
  tenant: z.string(),
  model: z.string(),
  language: z.string().nullable(),
  task,
  prompt: z.string(),
  silenceMs: count,
  maxUtteranceMs: count,
  channels: z.enum(CHANNEL_MODES),
  channelLabels: z.array(z.string()),
  rawFormat: audioFormat.nullable(),
  upload: z.object({ objectKey: z.string(), fileName: z.string().nullable(), bytes: count, sha256: z.string() }),
  webhookUrl: z.string().nullable(),
  hidden: z.boolean(),
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

const traceContext = z.object({ traceparent: z.string(), tracestate: z.string().exactOptional() });

const final = z.object({
  type: z.literal('final'),
  sequence: count,
  words: z.array(word).exactOptional(),
  reason: z.enum(FINAL_REASONS),
  passage: z.object({ committedAt: z.number(), trace: traceContext.exactOptional() }).exactOptional(),
  ...text,
});

/** A final as it comes from another process or a store. */
export const finalSchema: z.ZodType<Final> = final;

/** A session's event as it comes from another process. */
export const sessionEventSchema: z.ZodType<SessionEvent> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('opened'), sessionId: z.string(), resumeToken: z.string(), nextSample: count }),
  z.object({ type: z.literal('speech_started'), at: count }),
  z.object({ type: z.literal('speech_ended'), at: count }),
  z.object({ type: z.literal('partial'), stableChars: count, ...text }),
  final,
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
  z.object({ type: z.literal('closed'), reason: z.enum(CLOSE_REASONS), audioSeconds: z.number(), finals: count }),
  z.object({
    type: z.literal('error'),
    code: z.enum(ERROR_CODES),
    message: z.string(),
    recoverable: z.boolean(),
  }),
]);
