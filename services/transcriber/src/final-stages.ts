import type { Stage, StageSpan } from '@verbatim/kit';
import type { FinalTiming } from '@verbatim/speech';

/** When a final passed from stage to stage in a transcriber, in milliseconds since 1970. */
export interface FinalMoments {
  /** When its last sound was stored in the audio log, and read from it. */
  readonly storedAt: number;
  readonly readAt: number;
  readonly timing: FinalTiming;
  readonly commitBegan: number;
  readonly committedAt: number;
}

/**
 * The stages of a final that pass in a transcriber, one behind the other without a hole: none begins before the one before it
 * has ended, whatever was done beside it or by another clock.
 */
export const finalStages = ({ storedAt, readAt, timing, commitBegan, committedAt }: FinalMoments): StageSpan[] => {
  const ends: readonly (readonly [Stage, number])[] = [
    ['queue', readAt],
    ['vad', timing.endKnownAt],
    ['buffer', timing.decode.began],
    ['decode', timing.decode.ended],
    ['stabilise', commitBegan],
    ['commit', committedAt],
  ];
  let from = Math.min(storedAt, readAt);
  return ends.map(([stage, end]) => {
    const span = { stage, from, to: Math.max(from, end) };
    from = span.to;
    return span;
  });
};
