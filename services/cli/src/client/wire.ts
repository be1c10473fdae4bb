import {
  CLOSE_REASONS,
  type ClientEvent,
  ERROR_CODES,
  FINAL_REASONS,
  SttError,
  samplesFromMs,
} from '@verbatim/contracts';
import { z } from 'zod';

/** An event of the session as the WebSocket door writes it, or null for a type that this version does not know. */
export function parseEvent(text: string): ClientEvent | null {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch (error) {
    throw notOurs(error);
  }
  const type = z.object({ type: z.string() }).safeParse(message);
  if (!type.success) throw notOurs(type.error);
  if (!KNOWN_TYPES.has(type.data.type)) return null;
  const parsed = eventSchema.safeParse(message);
  if (!parsed.success) throw notOurs(parsed.error);
  return parsed.data;
}

const notOurs = (cause: unknown): SttError =>
  new SttError('internal', 'The server sent a message that is not of the Verbatim protocol; check its address.', {
    cause,
  });

const samples = z.number().int().nonnegative();
const milliseconds = z.number().nonnegative().transform(samplesFromMs);

const timed = z.object({
  utterance: z.number().int(),
  text: z.string(),
  confidence: z.number(),
  start_ms: milliseconds,
  end_ms: milliseconds,
  language: z.string(),
});

const timedFields = ({ utterance, text, confidence, start_ms, end_ms, language }: z.output<typeof timed>) => ({
  utterance,
  text,
  confidence,
  start: start_ms,
  end: end_ms,
  language,
});

const word = z
  .object({ text: z.string(), start_ms: milliseconds, end_ms: milliseconds, confidence: z.number() })
  .transform(({ text, start_ms, end_ms, confidence }) => ({ text, start: start_ms, end: end_ms, confidence }));

const partial = timed
  .extend({ type: z.literal('partial'), stable_chars: z.number().int() })
  .transform((message) => ({ type: message.type, ...timedFields(message), stableChars: message.stable_chars }));

const final = timed
  .extend({
    type: z.literal('final'),
    sequence: z.number().int(),
    reason: z.enum(FINAL_REASONS),
    words: z.array(word).optional(),
  })
  .transform((message) => ({
    type: message.type,
    sequence: message.sequence,
    reason: message.reason,
    ...timedFields(message),
    ...(message.words && { words: message.words }),
  }));

const opened = z
  .object({ type: z.literal('opened'), session_id: z.string(), resume_token: z.string(), next_sample: samples })
  .transform(({ type, session_id, resume_token, next_sample }) => ({
    type,
    sessionId: session_id,
    resumeToken: resume_token,
    nextSample: next_sample,
  }));

const progress = z
  .object({
    type: z.literal('progress'),
    received_sample: samples,
    decoded_sample: samples,
    committed_sample: samples,
    finals: z.number().int(),
    lag_seconds: z.number(),
  })
  .transform(({ type, received_sample, decoded_sample, committed_sample, finals, lag_seconds }) => ({
    type,
    receivedSample: received_sample,
    decodedSample: decoded_sample,
    committedSample: committed_sample,
    finals,
    lagSeconds: lag_seconds,
  }));

const closed = z
  .object({
    type: z.literal('closed'),
    reason: z.enum(CLOSE_REASONS),
    audio_seconds: z.number(),
    finals: z.number().int(),
  })
  .transform(({ type, reason, audio_seconds, finals }) => ({ type, reason, audioSeconds: audio_seconds, finals }));

const suppressed = z.object({
  type: z.literal('suppressed'),
  start: samples,
  end: samples,
  reason: z.enum(['empty', 'repetition', 'low_confidence', 'no_speech']),
});

const gap = z.object({
  type: z.literal('gap'),
  from: samples,
  to: samples,
  reason: z.enum(['overflow', 'expired']),
});

/** Codes of a newer server count as `internal`; their sentence says what they mean. */
const error = z.object({
  type: z.literal('error'),
  code: z.enum(ERROR_CODES).catch('internal'),
  message: z.string(),
  recoverable: z.boolean().catch(false),
});

const eventSchema = z.union([
  partial,
  final,
  progress,
  opened,
  closed,
  error,
  suppressed,
  gap,
  z.object({ type: z.literal('moved'), epoch: z.number().int() }),
  z.object({ type: z.enum(['speech_started', 'speech_ended']), at: samples }),
]);

const KNOWN_TYPES = new Set([
  ...['partial', 'final', 'progress', 'opened', 'closed', 'error', 'suppressed', 'gap', 'moved'],
  ...['speech_started', 'speech_ended'],
]);
