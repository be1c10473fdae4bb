import type { FinalReason } from '@verbatim/contracts';
import { type Metrics, secondsBetween } from './metrics.ts';

/**
 * The stages of a final's life, one behind the other from when the last sound of its utterance comes in to when its text goes
 * out, each told by the process where it passes. Together they are `verbatim_final_seconds`.
 *
 * - `receive`: the door puts that sound into the audio log
 * - `queue`: it waits there for the transcriber
 * - `vad`: until the silence after it has lasted long enough; that silence, 500 ms by default, is most of it
 * - `buffer`: until a worker begins the decode
 * - `decode`: until the text is there
 * - `stabilise`: it is judged, and waits for the finals before it
 * - `commit`: the session store keeps it
 * - `deliver`: on its way back to the door, until the client's connection takes it
 *
 * A decode is begun while the silence lasts, so `buffer` and `decode` are only what of it is felt: 0 where it was in time.
 */
export const STAGES = ['receive', 'queue', 'vad', 'buffer', 'decode', 'stabilise', 'commit', 'deliver'] as const;
export type Stage = (typeof STAGES)[number];

/** Milliseconds since 1970. */
export interface StageSpan {
  readonly stage: Stage;
  readonly from: number;
  readonly to: number;
}

/** From a fast store to an engine that is far behind. */
const BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.6, 0.75, 1, 2, 5, 10];

/**
 * What ended the utterance of a final: silence, within which its decode was begun; or the client, which asked for the text or
 * ended its audio, and waits for all of the decode.
 */
export type EndedBy = 'silence' | 'client';

/** A final that has passed stages. */
export interface StagedFinal {
  readonly endedBy: EndedBy;
  /** The trace of its utterance, where it has one. */
  readonly traceId?: string | undefined;
}

/** Takes the time that a final spent in a stage. */
export type ObserveStage = (span: StageSpan, final: StagedFinal) => void;

/** How long finals stay in each stage. */
export const stageDurations = (metrics: Metrics): ObserveStage => {
  const help = 'Time of finals in each stage of their life';
  const observe = metrics.durations('verbatim_stage_duration_seconds', help, BUCKETS, ['stage', 'ended_by']);
  return ({ stage, from, to }, { endedBy, traceId }) =>
    observe({ stage, ended_by: endedBy }, secondsBetween(from, to), traceId);
};

/** @param reason why the utterance ended, by the final */
export const endedBy = (reason: FinalReason): EndedBy => (reason === 'silence' ? 'silence' : 'client');
