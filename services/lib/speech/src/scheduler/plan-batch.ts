/** What a decode is for, the most urgent first. */
export const DECODE_KINDS = ['final', 'speculative', 'first_partial', 'partial', 'job'] as const;
export type DecodeKind = (typeof DECODE_KINDS)[number];

/** Decodes of one group share batches: a final never waits for the audio of a partial beside it. */
const GROUP: Record<DecodeKind, number> = { final: 0, speculative: 0, first_partial: 1, partial: 1, job: 2 };

export interface QueuedDecode {
  readonly kind: DecodeKind;
  /** When the session's last decode was done; the one served longest ago goes first. */
  readonly lastServed: number;
  readonly submitted: number;
  readonly seconds: number;
}

export interface BatchLimits {
  readonly maxRows: number;
  /** Seconds of audio in one batch; a single longer request still goes, alone. */
  readonly maxSeconds: number;
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
  const batch: number[] = [];
  let seconds = 0;
  for (const i of order) {
    const candidate = queue[i]!;
    if (GROUP[candidate.kind] !== group) break;
    if (batch.length > 0 && seconds + candidate.seconds > limits.maxSeconds) continue;
    batch.push(i);
    seconds += candidate.seconds;
    if (batch.length === limits.maxRows) break;
  }
  return batch;
}

function urgency(a: QueuedDecode, b: QueuedDecode): number {
  const rank = DECODE_KINDS.indexOf(a.kind) - DECODE_KINDS.indexOf(b.kind);
  if (rank !== 0) return rank;
  if (GROUP[a.kind] === 0) return a.submitted - b.submitted;
  return a.lastServed - b.lastServed || a.submitted - b.submitted;
}
