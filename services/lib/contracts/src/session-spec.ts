import { z } from 'zod';
import { sessionIdSchema } from './ids.ts';
import { SESSION_LIMITS } from './session-limits.ts';

export const ENCODINGS = ['linear16', 'mulaw', 'alaw', 'float32'] as const;
/** How samples are coded on the wire: little-endian 16-bit, G.711 mu-law or A-law bytes, little-endian 32-bit float. */
export type Encoding = (typeof ENCODINGS)[number];

export const SESSION_TASKS = ['transcribe', 'translate'] as const;
/** What becomes of speech: its text, or its text in English. */
export type SessionTask = (typeof SESSION_TASKS)[number];

export const OVERFLOW_POLICIES = ['block', 'drop_oldest'] as const;
/** What happens when decoding falls behind: hold the client back, or drop its oldest audio and say so with a `gap`. */
export type OverflowPolicy = (typeof OVERFLOW_POLICIES)[number];

/** The client's audio as it comes in. */
export interface AudioFormat {
  readonly encoding: Encoding;
  /** 8000 to 48000. */
  readonly sampleRateHertz: number;
  /** 1 to 8 interleaved channels; they are mixed to one. */
  readonly channelCount: number;
}

/** One session as every part of the product knows it. Made once, by a door, and never changed. */
export interface SessionSpec extends AudioFormat {
  readonly sessionId: string;
  readonly tenant: string;
  readonly kind: 'live' | 'job';
  readonly model: string;
  /** BCP-47 primary subtag in lower case; null: the model's own or detected. */
  readonly language: string | null;
  readonly task: SessionTask;
  readonly partialResults: boolean;
  /** Milliseconds of silence that end an utterance. */
  readonly silenceMs: number;
  /** Utterances longer than this are cut at the best pause. */
  readonly maxUtteranceMs: number;
  /** Words to expect; an engine without prompts ignores it. */
  readonly prompt: string;
  readonly overflow: OverflowPolicy;
}

const between = ({ min, max }: { min: number; max: number }) =>
  z.number().int().min(min, `must be ${min} to ${max}`).max(max, `must be ${min} to ${max}`);

/** Words to expect, as a client may name them. */
export const promptSchema = z
  .string()
  .max(SESSION_LIMITS.promptCharacters, `must have at most ${SESSION_LIMITS.promptCharacters} characters`);

/**
 * What a client may ask for, in the spelling of the wire (snake_case); every field is optional.
 * Doors parse with it and fill the gaps with the server's defaults.
 */
export const sessionRequestSchema = z.strictObject({
  session_id: sessionIdSchema.optional(),
  model: z.string().min(1).max(64).optional(),
  language: z
    .string()
    .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a BCP-47 tag such as "en" or "en-US"')
    .optional(),
  task: z.enum(SESSION_TASKS).optional(),
  encoding: z.enum(ENCODINGS).optional(),
  sample_rate_hertz: between(SESSION_LIMITS.sampleRateHertz).optional(),
  channel_count: between(SESSION_LIMITS.channelCount).optional(),
  partial_results: z.boolean().optional(),
  silence_ms: between(SESSION_LIMITS.silenceMs).optional(),
  max_utterance_ms: between(SESSION_LIMITS.maxUtteranceMs).optional(),
  prompt: promptSchema.optional(),
  overflow: z.enum(OVERFLOW_POLICIES).optional(),
});

export type SessionRequest = z.infer<typeof sessionRequestSchema>;
