import { setMaxListeners } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { loadCorpus } from '../bench/corpus.ts';
import { chaosTracks } from '../chaos/chaos-tracks.ts';
import { type FinalEvent, heardOf } from '../chaos/client-event.ts';
import type { Repeats } from '../chaos/reference.ts';
import { runSessions, type SessionRun } from '../chaos/session-runs.ts';
import { judge } from '../chaos/verdict.ts';

// Callers of a cluster, as a process of their own: it runs in the node's network, from where services are reached. It talks
// until its input ends, lets the sessions that go on come to their end, and prints what came of them as JSON (CallsReport).

/** What undisturbed sessions made of each track, in a file between this process and a later one. */
export type Reference = readonly Repeats[];

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

const REPEATS = 2;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      root: { type: 'string' },
      address: { type: 'string' },
      reference: { type: 'string' },
      learn: { type: 'boolean', default: false },
      tracks: { type: 'string' },
      concurrency: { type: 'string' },
    },
  });
  const tracks = chaosTracks(await loadCorpus(values.root!, 'en'), Number(values.tracks), 9);
  const ingress = {
    name: 'service',
    wsUrl: `ws://${values.address}:8000/v1/stt/stream`,
    grpcAddress: `${values.address}:50051`,
  };
  let isOver = false;
  process.stdin.resume().once('end', () => {
    isOver = true;
  });
  const never = new AbortController().signal;
  setMaxListeners(0, never);
  const known: Reference | null = values.learn ? null : JSON.parse(await readFile(values.reference!, 'utf8'));
  const wanted = tracks.length * REPEATS;
  const runs = await runSessions({
    tracks,
    ingresses: [ingress],
    concurrency: Number(values.concurrency),
    more: (begun) => (values.learn ? begun < wanted : !isOver),
    onBegin: () => process.stderr.write('+'),
    onEnd: () => process.stderr.write('-'),
    signal: never,
  });
  const finalsOf = ({ heard }: SessionRun): FinalEvent[] => heardOf(heard, 'final').map(({ event }) => event);
  if (values.learn) {
    const learnt: Reference = tracks.map((_, track) => runs.filter((run) => run.track === track).map(finalsOf));
    await writeFile(values.reference!, JSON.stringify(learnt));
  }
  const report: CallsReport = {
    sessions: runs.length,
    finals: runs.reduce((sum, run) => sum + finalsOf(run).length, 0),
    problems: runs.flatMap((run) =>
      judge(run, known?.[run.track] ?? null).problems.map(
        (problem) => `session ${run.index} (${run.door}): ${problem}`,
      ),
    ),
    moved: runs.reduce((sum, { heard }) => sum + heardOf(heard, 'moved').length, 0),
    errors: runs.reduce<Record<string, number>>((sums, { errors }) => {
      for (const [code, count] of Object.entries(errors)) sums[code] = (sums[code] ?? 0) + count;
      return sums;
    }, {}),
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  process.exit(0);
}

await main();
