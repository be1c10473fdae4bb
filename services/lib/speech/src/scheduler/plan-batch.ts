/** What a decode is for, the most urgent first. */
export const DECODE_KINDS = ['final', 'speculative', 'first_partial', 'partial', 'job'] as const;
export type DecodeKind = (typeof DECODE_KINDS)[number];

/** Decodes of one group share batches: a final never waits for the audio of a partial beside it. */
const GROUP: Record<DecodeKind, 'finals' | 'firsts' | 'partials' | 'jobs'> = {
  final: 'finals',
  speculative: 'finals',
  first_partial: 'firsts',
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
  /** Seconds of audio in a batch of finals or jobs; a single longer request still goes, alone. */
  readonly maxSeconds: number;
  /** The same for partials: what is more urgent waits for their batch, so it is short. */
  readonly maxPartialSeconds: number;
}

/**
 * Chooses what to decode next. Pure: `queue` in any order in, indexes into it out, most urgent first; empty for an
 * empty queue. Finals and speculative finals in order of arrival; partials and jobs by the session served longest ago.
 */
export function planBatch(queue: readonly QueuedDecode[], limits: BatchLimits): number[] {
  const order = queue.map((_, i) => i).sort((a, b) => urgency(queue[a]!, queue[b]!));
  const first = order[0];
  if (first === undefined) return [];
  const group = GROUP[queue[first]!.kind];
  const maxSeconds = group === 'partials' ? limits.maxPartialSeconds : limits.maxSeconds;
  const batch: number[] = [];
  let seconds = 0;
  for (const i of order) {
    const candidate = queue[i]!;
    if (GROUP[candidate.kind] !== group) break;
    if (batch.length > 0 && seconds + candidate.seconds > maxSeconds) continue;
    batch.push(i);
    seconds += candidate.seconds;
    if (batch.length === limits.maxRows) break;
  }
  return batch;
}

function urgency(a: QueuedDecode, b: QueuedDecode): number {
  const rank = DECODE_KINDS.indexOf(a.kind) - DECODE_KINDS.indexOf(b.kind);
  if (rank !== 0) return rank;
  if (GROUP[a.kind] === 'finals') return a.submitted - b.submitted;
  return a.lastServed - b.lastServed || a.submitted - b.submitted;
}
