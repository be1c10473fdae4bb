import { linesOf, MOST_CHARACTERS } from './lines.ts';
import { type Piece, piecesOf } from './pieces.ts';
import type { Segment } from './transcript.ts';

/** One subtitle. */
export interface Cue {
  readonly startMs: number;
  readonly endMs: number;
  /** One or two, of at most 42 characters each. */
  readonly lines: readonly string[];
}

// What subtitlers agree on (Netflix's Timed Text Style Guide, BBC Subtitle Guidelines): two lines of 42 characters,
// at most seven seconds, and long enough to be read.
const MOST_MS = 7_000;
const LEAST_MS = 1_000;

/** The subtitles of a transcript: in order, without overlap, every word in exactly one. */
export function cuesOf(segments: readonly Segment[]): Cue[] {
  return spaced(segments.flatMap((segment) => groupsOf(piecesOf(segment, MOST_CHARACTERS)).map(cueOf)));
}

const cueOf = (group: readonly Piece[]): Cue => {
  const startMs = Math.round(group[0]!.startMs);
  const endMs = Math.round(group.at(-1)!.endMs);
  return { startMs, endMs: Math.min(endMs, startMs + MOST_MS), lines: linesOf(group)! };
};

// Costs of a cue, in arbitrary units: breaks belong behind sentences, then behind clauses; few cues are better than many.
const COST = { cue: 4, afterClause: 2, insideClause: 6, short: 8, long: 40 } as const;

/** Splits one segment's pieces into cues so that the sum of their costs is the least: a shortest path over the breaks. */
function groupsOf(pieces: readonly Piece[]): Piece[][] {
  const best = [{ cost: 0, from: 0 }];
  for (let to = 1; to <= pieces.length; to++) {
    let found = { cost: Number.POSITIVE_INFINITY, from: to - 1 };
    for (let from = to - 1; from >= 0; from--) {
      const group = pieces.slice(from, to);
      if (linesOf(group) === null) break;
      const cost = best[from]!.cost + costOf(group, to === pieces.length);
      if (cost < found.cost) found = { cost, from };
    }
    best.push(found);
  }
  const groups: Piece[][] = [];
  for (let to = pieces.length; to > 0; to = best[to]!.from) groups.unshift(pieces.slice(best[to]!.from, to));
  return groups;
}

const costOf = (group: readonly Piece[], isLast: boolean): number => {
  const ms = group.at(-1)!.endMs - group[0]!.startMs;
  return COST.cue + (isLast ? 0 : breakCost(group.at(-1)!.text)) + (ms < LEAST_MS ? COST.short : 0) + tooLong(ms);
};

const breakCost = (text: string): number => {
  if (/[.!?。！？…]["'”’»)]*$/u.test(text)) return 0;
  return /[,;:、，；：—–-]["'”’»)]*$/u.test(text) ? COST.afterClause : COST.insideClause;
};

const tooLong = (ms: number): number => (ms > MOST_MS ? (COST.long * ms) / MOST_MS : 0);

/** No overlap, and short cues stay up for a second where nothing follows at once. */
function spaced(cues: readonly Cue[]): Cue[] {
  let before = 0;
  return cues.map((cue, index) => {
    const startMs = Math.max(cue.startMs, before);
    const next = Math.max(cues[index + 1]?.startMs ?? Number.POSITIVE_INFINITY, startMs + 1);
    const endMs = Math.min(Math.max(cue.endMs, startMs + LEAST_MS), next);
    before = endMs;
    return { ...cue, startMs, endMs };
  });
}
