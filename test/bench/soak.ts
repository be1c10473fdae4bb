import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterUnderTest } from './cluster-under-test.ts';
import type { BenchContext } from './context.ts';
import { finalText, heardOf } from './server-events.ts';
import { streamPaced } from './stream.ts';
import { fixed, formatTable } from './table.ts';
import { mixedTrack } from './track.ts';
import { slope } from './trend.ts';
import { UsageSampler } from './usage-sampler.ts';

interface ProcessMemory {
  readonly name: string;
  /** At each minute. */
  readonly rssMib: readonly number[];
  readonly peakRssMib: number;
  /** Of the last two thirds; null for too short a run. */
  readonly slopeMibPerHour: number | null;
}

export interface SoakResult {
  readonly minutes: number;
  readonly sessions: number;
  readonly finals: number;
  /** Sessions that failed, with the reason. */
  readonly failures: readonly string[];
  /** Sessions that read otherwise than the first on the same audio. */
  readonly changedSessions: number;
  readonly processes: readonly ProcessMemory[];
  readonly log: readonly string[];
}

/** At a time; a new one follows each that ends. */
const SESSIONS = 10;
const SESSION_SECONDS = 60;
const CLIP_SECONDS = { min: 1, max: 12 };
const MINUTE_MS = 60_000;

/** Memory of a small cluster while sessions come and go. */
export async function benchSoak(context: BenchContext): Promise<SoakResult> {
  const { corpus, options, note, signal } = context;
  const clips = corpus.clips.filter(({ seconds }) => seconds >= CLIP_SECONDS.min && seconds <= CLIP_SECONDS.max);
  const tracks = Array.from({ length: SESSIONS }, (_, index) =>
    mixedTrack(clips, { seconds: SESSION_SECONDS, speechShare: options.speechShare, seed: index + 1 }),
  );
  await using cluster = await ClusterUnderTest.start({
    transcribers: 1,
    settings: { MAX_SESSIONS: String(2 * SESSIONS) },
    signal,
  });
  const until = performance.now() + options.minutes * MINUTE_MS;
  using sampler = new UsageSampler(cluster.members, MINUTE_MS);
  const tally = { sessions: 0, finals: 0, changedSessions: 0, failures: [] as string[] };
  const loop = async (index: number) => {
    await sleep((index * SESSION_SECONDS * 1000) / SESSIONS, undefined, { signal });
    let first: string | null = null;
    while (performance.now() < until) {
      try {
        const options = { chunkMs: 100, overflow: 'BLOCK', signal } as const;
        const { heard } = await streamPaced(cluster.wsUrl, tracks[index]!.pcm16, options);
        first ??= finalText(heard);
        if (finalText(heard) !== first) tally.changedSessions++;
        tally.finals += heardOf(heard, 'final').length;
        tally.sessions++;
      } catch (error) {
        signal.throwIfAborted();
        tally.failures.push(error instanceof Error ? error.message : String(error));
        await sleep(1_000, undefined, { signal });
      }
    }
  };
  const sayHowFar = setInterval(() => {
    const left = Math.max(0, Math.round((until - performance.now()) / MINUTE_MS));
    note(`soak: ${tally.sessions} sessions done, ${tally.failures.length} failed, ${left} min to go`);
  }, MINUTE_MS);
  try {
    await Promise.all(tracks.map((_, index) => loop(index)));
  } finally {
    clearInterval(sayHowFar);
  }
  const processes = [...sampler.samples].map(([name, samples]) => {
    const late = samples.slice(Math.ceil(samples.length / 3));
    return {
      name,
      rssMib: samples.map(({ rssMib }) => rssMib),
      peakRssMib: samples.at(-1)?.peakRssMib ?? Number.NaN,
      slopeMibPerHour: slope(late.map(({ at, rssMib }) => [at / (60 * MINUTE_MS), rssMib])),
    };
  });
  const result: SoakResult = { minutes: options.minutes, ...tally, processes, log: cluster.log };
  report(result, context.print);
  return result;
}

function report({ minutes, processes, log, ...tally }: SoakResult, print: (text: string) => void): void {
  print(
    `SOAK: ${minutes} minutes of ${SESSIONS} sessions of ${SESSION_SECONDS} s one after another, 1 ingress, 1 transcriber`,
  );
  print(
    `${tally.sessions} sessions, ${tally.finals} finals; ${tally.failures.length} sessions failed, ` +
      `${tally.changedSessions} read otherwise than the first on the same audio`,
  );
  const third = (rss: readonly number[]) => rss[Math.ceil(rss.length / 3)] ?? null;
  const rows = processes.map(({ name, rssMib, peakRssMib, slopeMibPerHour }) => [
    ...[name, fixed(rssMib[0], 1), fixed(third(rssMib), 1), fixed(rssMib.at(-1), 1)],
    ...[fixed(peakRssMib, 1), fixed(slopeMibPerHour, 1)],
  ]);
  print(formatTable(['RSS in MiB', 'first', 'after a third', 'last', 'peak', 'MiB/h of the last two thirds'], rows));
  for (const failure of new Set(tally.failures)) print(`failed: ${failure}`);
  if (log.length > 0) print(`The cluster logged ${log.length} lines; the first: ${log[0]}`);
}
