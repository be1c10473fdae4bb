import type {
  CloseReason,
  Final,
  Gap,
  Partial,
  Samples,
  SpeechEnded,
  SpeechStarted,
  Suppressed,
} from '@verbatim/contracts';
import type { DecodeResult } from '../engines/engine.ts';
import type { DecodeSpan } from '../scheduler/decode-scheduler.ts';
import type { AnsweredFinalize, RecognizerState } from './recognizer-state.ts';

/** A final before it has its place in the session. */
export type FinalDraft = Omit<Final, 'type' | 'sequence'>;

/** A step forward before it is known what was said until then, which its state has to tell. */
export type PendingCommit = Omit<Extract<RecognizerOutput, { type: 'commit' }>, 'state'> & {
  readonly snapshot: Omit<RecognizerState, 'spoken'>;
  /** The decode that its final was made of. */
  readonly decoded?: DecodeResult;
};

/** How a final came about, in milliseconds since 1970. */
export interface FinalTiming {
  /** The last sound of what was said. */
  readonly lastSound: Samples;
  /** When it was known to be the last. */
  readonly endKnownAt: number;
  /** Its decode, which may have been begun, and have ended, before that. */
  readonly decode: DecodeSpan;
}

/** What a recogniser says, in order. */
export type RecognizerOutput =
  /** To be shown now; may be lost. */
  | { readonly type: 'show'; readonly event: SpeechStarted | SpeechEnded | Partial }
  /** A step forward that is committed as a whole before any of it is shown. */
  | {
      readonly type: 'commit';
      readonly cursor: Samples;
      readonly state: Uint8Array;
      readonly final?: FinalDraft;
      /** Of a final whose speech came to an end, which the doors measure too; not of one that was cut at its greatest length. */
      readonly timing?: FinalTiming;
      readonly suppressed?: Suppressed;
      readonly gap?: Gap;
      /** Index of the last mark answered by then. */
      readonly marks: number;
      /** The finalize request that this step answers. */
      readonly flushed?: AnsweredFinalize;
      /** The session is over: nothing comes after this. */
      readonly ended?: CloseReason;
    }
  /** The engine or the detector failed for good; another owner may do better. */
  | { readonly type: 'failed'; readonly error: Error };
