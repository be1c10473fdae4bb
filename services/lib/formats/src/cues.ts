import { linesOf, MOST_CHARACTERS } from './lines.ts';
import { type Piece, piecesOf } from './pieces.ts';
import { GAP_MS, LEAST_MS, MOST_MS, spaced } from './timing.ts';
import type { Segment } from './transcript.ts';

/** One subtitle. */
export interface Cue {
  readonly startMs: number;
  readonly endMs: number;
  /** One or two, of at most 42 characters each. */
  readonly lines: readonly string[];
  /** Where channels were transcribed apart. */
  readonly channel?: string;
}

/**
 * The subtitles of a transcript: in order, without overlap, every word in exactly one. The first line of each leaves room
 * for `indent` characters.
 */
export function cuesOf(segments: readonly Segment[], indent = 0): Cue[] {
  const blocks = joined(blocksOf(segments, indent), indent);
  const texts = blocks.map(({ pieces }) => linesOf(pieces, indent)!);
  const spoken = blocks.map(({ startMs, endMs }, index) => ({ startMs, endMs, characters: lengthOf(texts[index]!) }));
  return spaced(spoken).map((times, index) => {
    const { channel } = blocks[index]!;
    return { ...times, lines: texts[index]!, ...(channel !== undefined && { channel }) };
  });
}

/** The same where subtitles of several channels may be shown beside each other: only those of one channel do not overlap. */
export function cuesBesideEachOther(segments: readonly Segment[]): Cue[] {
  const channels = new Set(segments.map(({ channel }) => channel));
  return [...channels]
    .flatMap((channel) => cuesOf(segments.filter((segment) => segment.channel === channel)))
    .sort((one, other) => one.startMs - other.startMs);
}

const lengthOf = (lines: readonly string[]): number => lines.join(' ').length;

/** What becomes one cue. Its end is that of its words; whole milliseconds. */
interface Block {
  readonly pieces: readonly Piece[];
  readonly channel: string | undefined;
  readonly startMs: number;
  readonly endMs: number;
}

/** In the order in which they begin; blocks of one channel in that of its segments, whatever the engine's times say. */
function blocksOf(segments: readonly Segment[], indent: number): Block[] {
  const begun = new Map<string | undefined, number>();
  return segments
    .flatMap((segment) =>
      groupsOf(piecesOf(segment, MOST_CHARACTERS - indent), indent).map((pieces) => {
        const startMs = Math.max(Math.round(pieces[0]!.startMs), begun.get(segment.channel) ?? 0);
        begun.set(segment.channel, startMs);
        return { pieces, channel: segment.channel, startMs, endMs: Math.round(pieces.at(-1)!.endMs) };
      }),
    )
    .sort((one, other) => one.startMs - other.startMs);
}

/** Blocks that would be gone before they are read are shown with the next one of their channel, if one cue holds both. */
function joined(blocks: readonly Block[], indent: number): Block[] {
  const all: Block[] = [];
  for (const block of blocks) {
    const before = all.at(-1);
    if (before !== undefined && belongTogether(before, block, indent)) {
      all[all.length - 1] = { ...before, pieces: [...before.pieces, ...block.pieces], endMs: block.endMs };
    } else all.push(block);
  }
  return all;
}

const belongTogether = (before: Block, block: Block, indent: number): boolean =>
  before.channel === block.channel &&
  block.startMs - before.startMs < LEAST_MS + GAP_MS &&
  block.endMs - before.startMs <= MOST_MS &&
  linesOf([...before.pieces, ...block.pieces], indent) !== null;

// Costs of a cue, in arbitrary units: breaks belong behind sentences, then behind clauses; few cues are better than many.
const COST = { cue: 4, afterClause: 2, insideClause: 6, short: 8, long: 40 } as const;

/** Splits one segment's pieces into cues so that the sum of their costs is the least: a shortest path over the breaks. */
function groupsOf(pieces: readonly Piece[], indent: number): Piece[][] {
  const best = [{ cost: 0, from: 0 }];
  for (let to = 1; to <= pieces.length; to++) {
    let found = { cost: Number.POSITIVE_INFINITY, from: to - 1 };
    for (let from = to - 1; from >= 0; from--) {
      const group = pieces.slice(from, to);
      if (linesOf(group, indent) === null) break;
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
