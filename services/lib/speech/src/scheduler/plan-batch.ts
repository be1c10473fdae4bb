/** What a decode is for, the most urgent first. */
export const DECODE_KINDS = ['final', 'speculative', 'first_partial', 'hard', 'partial', 'job'] as const;
export type DecodeKind = (typeof DECODE_KINDS)[number];

/** Decodes of one group share batches: a final never waits for the audio of a partial beside it. */
const GROUP: Record<DecodeKind, 'finals' | 'firsts' | 'hard' | 'partials' | 'jobs'> = {
  final: 'finals',
  speculative: 'finals',
  first_partial: 'firsts',
  hard: 'hard',
  partial: 'partials',
  job: 'jobs',
};

export interface QueuedDecode {
  readonly kind: DecodeKind;
  /** When the session's last decode began; the one served longest ago goes first. */
  readonly lastServed: number;
  readonly submitted: number;
  readonly seconds: number;
}

export interface BatchLimits {
  readonly maxRows: number;
  /** Seconds of audio in a batch of finals; a single longer request still goes, alone. */
  readonly maxSeconds: number;
  /** The same for partials and jobs: what is more urgent waits for their batch, so it is short. */
  readonly maxShortSeconds: number;
}

const MAX_ROWS = 8;
/** How long a batch of finals may take, and one of partials or jobs, for whose end a final may have to wait. */
const FINALS_MS = 360;
const SHORT_MS = 105;

/**
 * The limits for an engine that takes so many milliseconds for a second of audio. Longer batches gain little: measured with
 * Moonshine tiny, a second of audio costs the same in batches of 2 and of 8 utterances.
 */
export const limitsFor = (msPerSecond: number): BatchLimits => ({
  maxRows: MAX_ROWS,
  maxSeconds: FINALS_MS / msPerSecond,
  maxShortSeconds: SHORT_MS / msPerSecond,
});

/** A decode that is not urgent and takes longer than this would be felt by a final that finds no other worker free. */
const LONG_MS = 150;

/** Whether a decode may only begin while it leaves a worker free for what is urgent. */
export const isLong = (kind: DecodeKind, ms: number): boolean =>
  (kind === 'partial' || kind === 'hard') && ms > LONG_MS;

/** How many of `workers` long decodes may use at once. */
export const workersForLong = (workers: number): number => Math.max(1, workers - 1);

/** After a live decode, live sessions are taken to speak for this long: they pause, and go on. */
const LIVE_MS = 2_000;

/** How many of `workers` jobs may use at once: all, or one less while somebody speaks live, whose decodes find it free. */
export const workersForJobs = (workers: number, msSinceLiveDecode: number): number =>
  msSinceLiveDecode < LIVE_MS ? Math.max(1, workers - 1) : workers;

/**
 * Chooses what to decode next. Pure: `queue` in any order in, indexes into it out, most urgent first; empty for an
 * empty queue. Finals and speculative finals in order of arrival; partials and jobs by the session served longest ago.
 */
export function planBatch(queue: readonly QueuedDecode[], limits: BatchLimits): number[] {
  const order = queue.map((_, i) => i).sort((a, b) => urgency(queue[a]!, queue[b]!));
  const first = order[0];
  if (first === undefined) return [];
  const group = GROUP[queue[first]!.kind];
  const maxSeconds = group === 'partials' || group === 'jobs' ? limits.maxShortSeconds : limits.maxSeconds;
  const batch: number[] = [];
  let seconds = 0;
  for (const i of order) {
    const candidate = queue[i]!;
    if (GROUP[candidate.kind] !== group) break;
    if (batch.length > 0 && seconds + candidate.seconds > maxSeconds) continue;
    batch.push(i);
    seconds += candidate.seconds;
    // A hard decode takes as long as it takes: nothing else should wait for it.
    if (batch.length === limits.maxRows || group === 'hard') break;
  }
  return batch;
}

function urgency(a: QueuedDecode, b: QueuedDecode): number {
  const rank = DECODE_KINDS.indexOf(a.kind) - DECODE_KINDS.indexOf(b.kind);
  if (rank !== 0) return rank;
  if (GROUP[a.kind] === 'finals') return a.submitted - b.submitted;
  return a.lastServed - b.lastServed || a.submitted - b.submitted;
}
