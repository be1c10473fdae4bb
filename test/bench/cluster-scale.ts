import { wordErrorRate } from '../support/word-alignment.ts';
import { ClusterUnderTest } from './cluster-under-test.ts';
import type { BenchContext } from './context.ts';
import { mostSessions } from './level-search.ts';
import { finalLimitMs, type JudgedLevel, referenceTracks, runLevels } from './scale.ts';
import { SPEECH_BOUNDS_RULE } from './speech-bounds.ts';
import { fixed, formatTable } from './table.ts';
import { type ProcessLoad, UsageSampler } from './usage-sampler.ts';

interface ClusterLevel extends Omit<JudgedLevel, 'server' | 'otherCores' | 'window'> {
  /** Of every process of the cluster. */
  readonly processes: readonly ProcessLoad[];
}

interface ClusterSize {
  readonly transcribers: number;
  readonly levels: readonly ClusterLevel[];
  /** Null where not even the first level passed. */
  readonly mostSessions: number | null;
  readonly log: readonly string[];
}

export interface ClusterScaleResult {
  readonly workersEach: number;
  readonly sizes: readonly ClusterSize[];
}

const SIZES = [1, 2];
/** A decode thread in each process, so that a second transcriber brings as much as the first. */
const WORKERS_EACH = 1;

/** The most sessions that one and two transcribers carry behind one ingress, and what each process uses for it. */
export async function benchClusterScale(context: BenchContext): Promise<ClusterScaleResult> {
  const sizes: ClusterSize[] = [];
  for (const transcribers of SIZES) sizes.push(await measureSize(transcribers, context));
  const result: ClusterScaleResult = { workersEach: WORKERS_EACH, sizes };
  report(result, context);
  return result;
}

async function measureSize(transcribers: number, context: BenchContext): Promise<ClusterSize> {
  const { options, note, signal } = context;
  const most = options.sessions === null ? options.search : Math.max(...options.sessions);
  await using cluster = await ClusterUnderTest.start({
    transcribers,
    settings: { STREAMING_WORKERS: String(WORKERS_EACH), MAX_SESSIONS: String(most + 1) },
    signal,
  });
  note(`cluster-scale: ${transcribers} transcribers; taking the text of each track while nothing else runs`);
  const tracks = await referenceTracks(cluster, context, most);
  using sampler = new UsageSampler(cluster.members);
  const levels = await runLevels(cluster, tracks, context);
  return {
    transcribers,
    levels: levels.map(({ server: _server, otherCores: _others, window, ...level }) => ({
      ...level,
      processes: sampler.between(window.from, window.to),
    })),
    mostSessions: mostSessions(levels),
    log: cluster.log,
  };
}

function report({ sizes, workersEach }: ClusterScaleResult, context: BenchContext): void {
  const { print, options } = context;
  print(
    `CLUSTER-SCALE: sessions at real-time pace through 1 ingress, ${workersEach} decode thread in each transcriber`,
  );
  print(
    `${options.seconds} s a level; ${SPEECH_BOUNDS_RULE}. All processes and the load generator share this machine’s`,
  );
  print(
    `cores. A level passes with p95 of speech end to final within ${finalLimitMs(context)} ms and nothing dropped.`,
  );
  for (const { transcribers, levels, mostSessions: most, log } of sizes) {
    const names = levels[0]?.processes.map(({ name }) => name) ?? [];
    print(`\n${transcribers} transcriber${transcribers === 1 ? '' : 's'}; cores in use by each process:`);
    const columns = [
      ...['sessions', 'first p50', 'p95', 'final p50', 'p95', 'max', 'gaps', 'changed %'],
      ...[...names, 'generator', 'ingress loop p99', 'verdict'],
    ];
    print(formatTable(columns, levels.map(row)));
    for (const { sessions, reasons } of levels) {
      for (const reason of reasons) print(`${sessions} sessions failed: ${reason}`);
    }
    const open = levels.every(({ passed }) => passed) ? ' or more: no level failed' : '';
    print(`Most sessions with ${transcribers}: ${most ?? 'none'}${open}`);
    const best = levels.find(({ sessions }) => sessions === most);
    if (best !== undefined) print(perSession(best));
    if (log.length > 0) print(`The cluster logged ${log.length} lines; the first: ${log[0]}`);
  }
}

const row = (level: ClusterLevel) => [
  String(level.sessions),
  ...[fixed(level.firstTextMs?.p50), fixed(level.firstTextMs?.p95)],
  ...[fixed(level.finalMs?.p50), fixed(level.finalMs?.p95), fixed(level.finalMs?.max)],
  ...[level.gaps, fixed(wordErrorRate(level.againstAlone), 2)],
  ...level.processes.map(({ cores }) => fixed(cores, 2)),
  ...[fixed(level.generatorCores, 2), fixed(level.eventLoopDelayMs, 1), level.passed ? 'pass' : 'FAIL'],
];

const perSession = ({ sessions, processes }: ClusterLevel): string =>
  formatTable(
    [`with ${sessions} sessions`, 'cores', '% of a core each', 'main thread', 'RSS MiB'],
    processes.map(({ name, cores, mainThreadCores, rssMib }) => [
      ...[name, fixed(cores, 3), fixed((100 * cores) / sessions, 2), fixed(mainThreadCores, 3), fixed(rssMib)],
    ]),
  );
