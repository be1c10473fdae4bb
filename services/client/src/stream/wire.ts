import {
  CLOSE_REASONS,
  type ClientEvent,
  ERROR_CODES,
  FINAL_REASONS,
  SttError,
  samplesFromMs,
} from '@verbatim/contracts';
import * as z from 'zod/mini';
import { camelCased } from '../camel-case.ts';

/**
 * An event of a session as the WebSocket door writes it, or null for a type that this version does not know.
 * @throws SttError `internal` for what is none.
 */
export function parseEvent(text: string): ClientEvent | null {
  try {
    return readEvent(camelCased(JSON.parse(text)));
  } catch (error) {
    throw new SttError(
      'internal',
      'The server sent a message that is not of the Verbatim protocol; check its address.',
      { cause: error },
    );
  }
}

/** The same from a message's fields, named as TypeScript has them. @throws an error of zod's. */
export function readEvent(fields: unknown): ClientEvent | null {
  const { type } = typed.parse(fields);
  return SCHEMAS[type as ClientEvent['type']]?.parse(fields) ?? null;
}

const typed = z.object({ type: z.string() });
const samples = z.int().check(z.nonnegative());
const milliseconds = z.pipe(z.number().check(z.nonnegative()), z.transform(samplesFromMs));

/** The door gives the times of texts in milliseconds. */
const inSamples = <T extends { readonly startMs: number; readonly endMs: number }>({ startMs, endMs, ...rest }: T) => ({
  ...rest,
  start: startMs,
  end: endMs,
});

const word = z.pipe(
  z.object({ text: z.string(), startMs: milliseconds, endMs: milliseconds, confidence: z.number() }),
  z.transform(inSamples),
);

const textFields = {
  utterance: z.int(),
  text: z.string(),
  confidence: z.number(),
  startMs: milliseconds,
  endMs: milliseconds,
  language: z.string(),
};

const finalFields = {
  ...textFields,
  sequence: z.int(),
  reason: z.enum(FINAL_REASONS),
  words: z.exactOptional(z.array(word)),
};

/** A final in a list of them, as REST gives them. */
export const finalSchema = z.pipe(
  z.object(finalFields),
  z.transform((final) => ({ type: 'final' as const, ...inSamples(final) })),
);

const SCHEMAS: { readonly [T in ClientEvent['type']]: z.ZodMiniType<ClientEvent & { readonly type: T }> } = {
  opened: z.object({
    type: z.literal('opened'),
    sessionId: z.string(),
    resumeToken: z.string(),
    nextSample: samples,
  }),
  speech_started: z.object({ type: z.literal('speech_started'), at: samples }),
  speech_ended: z.object({ type: z.literal('speech_ended'), at: samples }),
  partial: z.pipe(
    z.object({ type: z.literal('partial'), stableChars: z.int(), ...textFields }),
    z.transform(inSamples),
  ),
  final: z.pipe(z.object({ type: z.literal('final'), ...finalFields }), z.transform(inSamples)),
  flushed: z.object({ type: z.literal('flushed'), requestId: z.string() }),
  gap: z.object({ type: z.literal('gap'), from: samples, to: samples, reason: z.enum(['overflow', 'expired']) }),
  suppressed: z.object({
    type: z.literal('suppressed'),
    start: samples,
    end: samples,
    reason: z.enum(['empty', 'repetition', 'low_confidence', 'no_speech']),
  }),
  progress: z.object({
    type: z.literal('progress'),
    receivedSample: samples,
    decodedSample: samples,
    committedSample: samples,
    finals: z.int(),
    lagSeconds: z.number(),
  }),
  moved: z.object({ type: z.literal('moved'), epoch: z.int() }),
  closed: z.object({
    type: z.literal('closed'),
    reason: z.enum(CLOSE_REASONS),
    audioSeconds: z.number(),
    finals: z.int(),
  }),
  // Codes of a newer server count as `internal`; their sentence says what they mean.
  error: z.object({
    type: z.literal('error'),
    code: z.catch(z.enum(ERROR_CODES), 'internal'),
    message: z.string(),
    recoverable: z.catch(z.boolean(), false),
  }),
};
