import {
  CLOSE_REASONS,
  type ClientEvent,
  ERROR_CODES,
  FINAL_REASONS,
  type Final,
  SttError,
  samplesFromMs,
} from '@verbatim/contracts';
import { camelCased } from '../camel-case.ts';
import {
  boolean,
  count,
  listOf,
  mapped,
  number,
  object,
  oneOf,
  optional,
  otherwise,
  type Shape,
  string,
} from '../shape.ts';

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

/** The same from a message's fields, named as TypeScript has them. @throws an error that says what is wrong with them. */
export function readEvent(fields: unknown): ClientEvent | null {
  const { type } = typed(fields);
  return isKnown(type) ? EVENTS[type](fields) : null;
}

const typed = object({ type: string });

/** The door gives the times of texts in milliseconds. */
const milliseconds = mapped(number, samplesFromMs);
const inSamples = <T extends { readonly startMs: number; readonly endMs: number }>({ startMs, endMs, ...rest }: T) => ({
  ...rest,
  start: startMs,
  end: endMs,
});

const word = mapped(
  object({ text: string, startMs: milliseconds, endMs: milliseconds, confidence: number }),
  inSamples,
);

const textFields = {
  utterance: count,
  text: string,
  confidence: number,
  startMs: milliseconds,
  endMs: milliseconds,
  language: string,
};

/** A final; lists of them, as REST has, name no type. */
export const readFinal: Shape<Final> = mapped(
  object({ ...textFields, sequence: count, reason: oneOf(FINAL_REASONS), words: optional(listOf(word)) }),
  (final) => ({ type: 'final', ...inSamples(final) }),
);

const EVENTS: { readonly [T in ClientEvent['type']]: Shape<ClientEvent & { readonly type: T }> } = {
  opened: object({ type: oneOf(['opened']), sessionId: string, resumeToken: string, nextSample: count }),
  speech_started: object({ type: oneOf(['speech_started']), at: count }),
  speech_ended: object({ type: oneOf(['speech_ended']), at: count }),
  partial: mapped(object({ type: oneOf(['partial']), stableChars: count, ...textFields }), inSamples),
  final: readFinal,
  flushed: object({ type: oneOf(['flushed']), requestId: string }),
  gap: object({ type: oneOf(['gap']), from: count, to: count, reason: oneOf(['overflow', 'expired']) }),
  suppressed: object({
    type: oneOf(['suppressed']),
    start: count,
    end: count,
    reason: oneOf(['empty', 'repetition', 'low_confidence', 'no_speech']),
  }),
  progress: object({
    type: oneOf(['progress']),
    receivedSample: count,
    decodedSample: count,
    committedSample: count,
    finals: count,
    lagSeconds: number,
  }),
  moved: object({ type: oneOf(['moved']), epoch: count }),
  closed: object({ type: oneOf(['closed']), reason: oneOf(CLOSE_REASONS), audioSeconds: number, finals: count }),
  // Codes of a newer server count as `internal`; their sentence says what they mean.
  error: object({
    type: oneOf(['error']),
    code: otherwise(oneOf(ERROR_CODES), 'internal'),
    message: string,
    recoverable: otherwise(boolean, false),
  }),
};

const isKnown = (type: string): type is ClientEvent['type'] => Object.hasOwn(EVENTS, type);
