import { z } from 'zod';
import type { EndpointerState } from '../endpoint/endpointer.ts';
import type { DetectorState } from '../vad/voice-detector.ts';
import { nothingSpoken, type Spoken } from './spoken.ts';

/** All that a recogniser needs, with the audio from its cursor on, to go on as if nothing had happened. */
export interface RecognizerState {
  readonly endpointer: EndpointerState;
  readonly detector: DetectorState;
  /** The name of the detector that `detector` belongs to. */
  readonly detectorName: string;
  /** Index of the last mark answered. */
  readonly marks: number;
  /** The last finalize requests answered: their answer may have been lost with their owner. */
  readonly flushed: readonly AnsweredFinalize[];
  readonly spoken: Spoken;
}

/** Answers that a new owner repeats; doors drop those that the client has had. */
const REMEMBERED_FLUSHES = 8;

/** A finalize request and the index of its mark. */
export interface AnsweredFinalize {
  readonly requestId: string;
  readonly mark: number;
}

export const rememberFlush = (
  flushed: readonly AnsweredFinalize[],
  answered: AnsweredFinalize,
): readonly AnsweredFinalize[] => [...flushed, answered].slice(-REMEMBERED_FLUSHES);

const schema = z.object({
  endpointer: z.object({
    position: z.number().int().nonnegative(),
    floor: z.number().int().nonnegative(),
    utterances: z.number().int().nonnegative(),
    rising: z.number().int().nonnegative(),
    open: z
      .object({
        start: z.number().int().nonnegative(),
        speechWindows: z.number().int().nonnegative(),
        silentSince: z.number().int().nonnegative().nullable(),
        paused: z.boolean(),
        historyStart: z.number().int().nonnegative(),
        probability: z.array(z.number()),
        power: z.array(z.number()),
        quiet: z.object({ peak: z.number(), loudUntil: z.number().int().nonnegative() }),
      })
      .nullable(),
  }),
  detector: z.base64(),
  detectorName: z.string(),
  marks: z.number().int().nonnegative(),
  flushed: z.array(z.object({ requestId: z.string(), mark: z.number().int().positive() })),
  // Absent in states of before there were engines that remember.
  spoken: z.object({ language: z.string().nullable(), begun: z.string() }).default(nothingSpoken),
});

/** About 2 kB: JSON, with the detector's floats in base64. */
export function encodeState(state: RecognizerState): Uint8Array {
  const { buffer, byteOffset, byteLength } = state.detector;
  const detector = Buffer.from(buffer, byteOffset, byteLength).toString('base64');
  return Buffer.from(JSON.stringify({ ...state, detector }));
}

/** Rejects bytes that are no state with an error that says what is wrong. */
export function decodeState(bytes: Uint8Array): RecognizerState {
  const parsed = schema.parse(JSON.parse(Buffer.from(bytes).toString()));
  const detector = new Float32Array(new Uint8Array(Buffer.from(parsed.detector, 'base64')).buffer);
  return { ...parsed, detector };
}
