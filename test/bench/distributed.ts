import { ClusterUnderTest } from './cluster-under-test.ts';
import { atMost, type BenchContext, type Goal, printGoals } from './context.ts';
import { pickClips } from './corpus.ts';
import { type ItemTiming, timeItem } from './item-timing.ts';
import { ServerUnderTest } from './server-under-test.ts';
import { SPEECH_BOUNDS_RULE } from './speech-bounds.ts';
import { measured, type Summary, summarise } from './statistics.ts';
import { streamPaced } from './stream.ts';
import { fixed, formatTable } from './table.ts';
import { singleTrack, type Track } from './track.ts';

const FIGURES = ['firstTextMs', 'finalMs'] as const;
type Figure = (typeof FIGURES)[number];

/** One clip through both. */
interface Pair {
  readonly id: string;
  readonly embedded: ItemTiming;
  readonly distributed: ItemTiming;
}

interface FigureResult {
  readonly figure: Figure;
  readonly embedded: Summary | null;
  readonly distributed: Summary | null;
  /** Of the differences clip by clip. */
  readonly added: Summary | null;
}

interface DistributedPass {
  readonly chunkMs: number;
  readonly figures: readonly FigureResult[];
  readonly differingTexts: number;
  readonly clips: readonly Pair[];
}

export interface DistributedResult {
  readonly passes: readonly DistributedPass[];
  readonly clusterLog: readonly string[];
  readonly goals: readonly Goal[];
}

const CHUNKS_MS = [100, 20];
/** The same as in the latency benchmark, so that its figures compare. */
const CLIP_SECONDS = { min: 1, max: 8 };
const BEFORE_MS = 500;
const BEFORE_SPREAD_MS = 500;
const AFTER_MS = 1_500;
const GOAL_ADDED_MS = 15;

/** What NATS, Redis and a second process add to the latencies: the same audio through both in one run, clip by clip. */
export async function benchDistributed(context: BenchContext): Promise<DistributedResult> {
  const { corpus, config, options, note, signal } = context;
  const clips = pickClips(corpus.clips, options.clips, CLIP_SECONDS.min, CLIP_SECONDS.max);
  await using server = await ServerUnderTest.start(context);
  await using cluster = await ClusterUnderTest.start({
    transcribers: 1,
    settings: { STREAMING_WORKERS: String(config.STREAMING_WORKERS) },
    signal,
  });
  const time = async (wsUrl: string, { pcm16, items }: Track, chunkMs: number) => {
    const { heard, startedAt } = await streamPaced(wsUrl, pcm16, { chunkMs, overflow: 'BLOCK', signal });
    return timeItem(heard, items[0]!, startedAt);
  };
  const passes: DistributedPass[] = [];
  for (const chunkMs of CHUNKS_MS) {
    note(
      `distributed: ${clips.length} clips in chunks of ${chunkMs} ms, each through one process and through a cluster`,
    );
    const pairs: Pair[] = [];
    for (const [index, clip] of clips.entries()) {
      const track = singleTrack(clip, BEFORE_MS + ((index * 137) % BEFORE_SPREAD_MS), AFTER_MS, index);
      // Who is first changes, so that being first is no advantage.
      const first = index % 2 === 0 ? await time(server.wsUrl, track, chunkMs) : null;
      const distributed = await time(cluster.wsUrl, track, chunkMs);
      const embedded = first ?? (await time(server.wsUrl, track, chunkMs));
      pairs.push({ id: clip.id, embedded, distributed });
    }
    passes.push(passOf(chunkMs, pairs));
  }
  const goals = passes.flatMap(({ chunkMs, figures }) =>
    figures.map(({ figure, added }) =>
      atMost(`added to ${TITLES[figure]}, ${chunkMs} ms chunks, p50`, added?.p50 ?? null, GOAL_ADDED_MS, 'ms'),
    ),
  );
  const result: DistributedResult = { passes, clusterLog: cluster.log, goals };
  report(result, context.print);
  return result;
}

function passOf(chunkMs: number, clips: readonly Pair[]): DistributedPass {
  return {
    chunkMs,
    figures: FIGURES.map((figure) => ({
      figure,
      embedded: summarise(measured(clips.map(({ embedded }) => embedded[figure]))),
      distributed: summarise(measured(clips.map(({ distributed }) => distributed[figure]))),
      added: summarise(measured(clips.map((pair) => addedMs(pair, figure)))),
    })),
    differingTexts: clips.filter(({ embedded, distributed }) => embedded.text !== distributed.text).length,
    clips,
  };
}

const addedMs = ({ embedded, distributed }: Pair, figure: Figure): number | null => {
  const [one, other] = [embedded[figure], distributed[figure]];
  return one === null || other === null ? null : other - one;
};

const TITLES = { firstTextMs: 'speech start to first text', finalMs: 'speech end to final' } as const;

function report({ passes, clusterLog, goals }: DistributedResult, print: (text: string) => void): void {
  print(
    'DISTRIBUTED: milliseconds at real-time pace, one session at a time; the same clips in turn through one process',
  );
  print(`and through 1 ingress and 1 transcriber with NATS and Redis. added: clip by clip; ${SPEECH_BOUNDS_RULE}.`);
  const rows = passes.flatMap(({ chunkMs, figures }) =>
    figures.map(({ figure, embedded, distributed, added }) => [
      ...[`${TITLES[figure]}, ${chunkMs} ms chunks`, added?.count ?? 0],
      ...[fixed(embedded?.p50), fixed(embedded?.p95), fixed(distributed?.p50), fixed(distributed?.p95)],
      ...[fixed(added?.p50, 1), fixed(added?.p95, 1), fixed(added?.max, 1)],
    ]),
  );
  const columns = ['', 'clips', 'one process p50', 'p95', 'cluster p50', 'p95', 'added p50', 'p95', 'max'];
  print(formatTable(columns, rows));
  for (const { chunkMs, differingTexts, clips } of passes) {
    print(`${chunkMs} ms chunks: ${differingTexts} of ${clips.length} clips read otherwise through the cluster`);
  }
  if (clusterLog.length > 0) print(`The cluster logged ${clusterLog.length} lines; the first: ${clusterLog[0]}`);
  printGoals(goals, print);
}
