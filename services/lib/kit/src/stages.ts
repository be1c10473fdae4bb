import type { Histogram, Metrics } from './metrics.ts';

/**
 * Stages of a final's life that are timed, each in the process where it passes:
 * `buffer`, from when its decode is asked for to when a worker begins it; `decode`, of its batch, until it is done; `commit`,
 * of the store, until it has confirmed. A decode is asked for while the silence that may end the utterance still lasts, so
 * `buffer` and `decode` run beside that wait, and a client feels only what is left of them after it; where somebody speaks on,
 * the decode was in vain and counts all the same.
 */
export const STAGES = ['buffer', 'decode', 'commit'] as const;
export type Stage = (typeof STAGES)[number];

/** From a fast store to an engine that is far behind. */
const BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10];

/** How long finals stay in each stage. */
export const stageDurations = (metrics: Metrics): Histogram<'stage'> =>
  metrics.histogram('verbatim_stage_duration_seconds', 'Time of finals in each stage of their life', BUCKETS, [
    'stage',
  ]);
