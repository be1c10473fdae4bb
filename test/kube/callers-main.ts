import { setMaxListeners } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { loadCorpus } from '../bench/corpus.ts';
import { sum } from '../bench/statistics.ts';
import { countErrors } from '../chaos/chaos-report.ts';
import { chaosTracks } from '../chaos/chaos-tracks.ts';
import { type FinalEvent, heardOf } from '../chaos/client-event.ts';
import type { Repeats } from '../chaos/reference.ts';
import { runSessions, type SessionRun } from '../chaos/session-runs.ts';
import { judge } from '../chaos/verdict.ts';

// Callers of a cluster, as a process of their own: it runs in the node's network, from where services are reached. It talks
// until its input ends, lets the sessions that go on come to their end, and prints what came of them as JSON (CallsReport).

/** What undisturbed sessions made of each track, in a file between this process and a later one. */
type Reference = readonly Repeats[];

export interface CallsReport {
  readonly sessions: number;
  readonly finals: number;
  /** Sentences, with the session's number before them. */
  readonly problems: readonly string[];
  /** Sessions that another transcriber took over, counted each time. */
  readonly moved: number;
  /** Connections that ended early, by code. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Undisturbed sessions of each track. */
const REPEATS = 2;
/** The same samples in every process. */
const SEED = 9;

async function main(): Promise<void> {
  const { root, address, reference, tracks: count, concurrency, learn } = parseOptions();
  const tracks = chaosTracks(await loadCorpus(root, 'en'), count, SEED);
  const known: Reference | null = learn ? null : JSON.parse(await readFile(reference, 'utf8'));
  const mayBegin = learn ? (begun: number) => begun < tracks.length * REPEATS : untilInputEnds();
  const runs = await runSessions({
    tracks,
    ingresses: [{ name: 'service', wsUrl: `ws://${address}:8000/v1/stt/stream`, grpcAddress: `${address}:50051` }],
    concurrency,
    more: mayBegin,
    // Whoever started this process counts them.
    onBegin: () => process.stderr.write('+'),
    onEnd: () => process.stderr.write('-'),
    signal: never(),
  });
  if (learn) {
    const learnt: Reference = tracks.map((_, track) => runs.filter((run) => run.track === track).map(finalsOf));
    await writeFile(reference, JSON.stringify(learnt));
  }
  process.stdout.write(`${JSON.stringify(reportOf(runs, known))}\n`);
  process.exit(0);
}

const parseOptions = () => {
  const string = { type: 'string' } as const;
  const options = { root: string, address: string, reference: string, tracks: string, concurrency: string };
  const { values } = parseArgs({ options: { ...options, learn: { type: 'boolean', default: false } } });
  const { root = '', address = '', reference = '', tracks, concurrency, learn } = values;
  return { root, address, reference, learn, tracks: Number(tracks), concurrency: Number(concurrency) };
};

const untilInputEnds = (): (() => boolean) => {
  let isOver = false;
  process.stdin.resume().once('end', () => {
    isOver = true;
  });
  return () => !isOver;
};

/** Every session listens to it. */
const never = (): AbortSignal => {
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  return signal;
};

const finalsOf = ({ heard }: SessionRun): FinalEvent[] => heardOf(heard, 'final').map(({ event }) => event);

const reportOf = (runs: readonly SessionRun[], known: Reference | null): CallsReport => ({
  sessions: runs.length,
  finals: sum(runs.map((run) => finalsOf(run).length)),
  problems: runs.flatMap((run) => {
    const { problems } = judge(run, known?.[run.track] ?? null);
    return problems.map((problem) => `session ${run.index} (${run.door}): ${problem}`);
  }),
  moved: sum(runs.map(({ heard }) => heardOf(heard, 'moved').length)),
  errors: countErrors(runs),
});

await main();
