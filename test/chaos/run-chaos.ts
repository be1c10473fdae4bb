import { setMaxListeners } from 'node:events';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../bench/random.ts';
import { type Summary, sum, summarise } from '../bench/statistics.ts';
import type { Track } from '../bench/track.ts';
import { Cluster } from '../cluster/cluster.ts';
import type { Member } from '../cluster/member.ts';
import {
  countErrors,
  type FaultFigures,
  faultFigures,
  type JudgedRun,
  printFaults,
  printSessions,
} from './chaos-report.ts';
import { type FinalEvent, heardOf } from './client-event.ts';
import type { IngressAddress } from './connection.ts';
import { DeathWatch } from './death-watch.ts';
import { planFaults } from './fault-plan.ts';
import { runFaults } from './fault-run.ts';
import { bringBack, type FaultRecord, type StrikeContext } from './faults.ts';
import { isLive, newsAfter } from './gap-times.ts';
import { LinkedMembers } from './linked-members.ts';
import { MemberLogs } from './member-logs.ts';
import type { ChaosOptions } from './options.ts';
import { Progress } from './progress.ts';
import { instability, type Repeats } from './reference.ts';
import { runSessions, type SessionRun } from './session-runs.ts';
import { judge } from './verdict.ts';

export interface ChaosContext {
  readonly options: ChaosOptions;
  readonly seed: number;
  readonly tracks: readonly Track[];
  /** For the cluster's data and logs. */
  readonly folder: string;
  readonly print: (text: string) => void;
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface ChaosResult {
  readonly passed: number;
  readonly failed: number;
  /** Finals of undisturbed sessions, and those that are not the same in all repeats. */
  readonly undisturbed: { readonly finals: number; readonly differing: number };
  /** Milliseconds from moments without a fault to the next event. */
  readonly baseline: Summary | null;
  readonly figures: readonly FaultFigures[];
  readonly faults: readonly (FaultRecord & { readonly atSeconds: number })[];
  readonly errors: Readonly<Record<string, number>>;
  readonly unexpected: readonly string[];
  /** 99th percentile of this process's event-loop delay, ms: it is client and stopwatch. */
  readonly loopDelayMs: number;
  readonly sessions: readonly object[];
}

/** Sessions that begin and faults that strike near the end need this long to come to theirs. */
const TAIL_MS = 90_000;
/** Sessions begin to talk before the first fault. */
const RAMP_MS = 8_000;
/** Moments without a fault at which the next event is waited for, for each undisturbed session. */
const BASELINE_MOMENTS = 20;

/** Undisturbed sessions, then sessions under faults, and what came of them. */
export async function runChaos(context: ChaosContext): Promise<ChaosResult> {
  const { options, folder, note, signal } = context;
  const deadline = performance.now() + options.minutesCap * 60_000;
  const logs = new MemberLogs(path.join(folder, 'logs'));
  const watch = new DeathWatch(note);
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  using progress = new Progress(note);
  const common = {
    // One transcriber must be able to take over all that the others had.
    settings: { LOG_LEVEL: 'info', MAX_SESSIONS: String(2 * options.concurrency), STREAMING_WORKERS: '1' },
    onLine: (name: string, line: string) => logs.write(name, line),
    onChange: (members: readonly Member[]) => watch.look(members),
    signal,
  };
  try {
    const { ingresses, transcribers } = options;
    await using cluster = await Cluster.start({
      ...{ ...common, ingresses, transcribers, media: 0 },
      folder: path.join(folder, 'data'),
    });
    await using linked = await LinkedMembers.start(cluster, common);
    watch.onDeath = ({ name }) => {
      // As whatever runs the processes would.
      bringBack(cluster, name, signal).catch((error: unknown) => watch.add(`${name} did not come back: ${error}`));
    };
    try {
      const members = { cluster, linked, watch };
      const quiet = await undisturbed(context, members, progress);
      const result = await disturbed(context, members, quiet, progress, deadline - TAIL_MS);
      return { ...result, loopDelayMs: loop.percentile(99) / 1e6 };
    } finally {
      watch.end();
    }
  } finally {
    await logs.close();
  }
}

type Members = Omit<StrikeContext, 'signal'>;

interface Undisturbed {
  /** By track; null where a session failed. */
  readonly repeats: readonly Repeats[];
  readonly failures: readonly JudgedRun[];
  readonly stability: { readonly finals: number; readonly differing: number };
  readonly baseline: Summary | null;
}

async function undisturbed(
  { options, seed, tracks, print, signal }: ChaosContext,
  members: Members,
  progress: Progress,
): Promise<Undisturbed> {
  progress.phase('undisturbed');
  const wanted = tracks.length * options.repeats;
  const runs = await runSessions({
    tracks,
    ingresses: ingressesOf(members),
    concurrency: options.concurrency,
    more: (begun) => begun < wanted,
    onBegin: () => progress.begun(),
    onEnd: (run) => progress.ended(run, judge(run, null).problems.length === 0),
    signal,
  });
  const judged = runs.map((run) => ({ run, verdict: judge(run, null) }));
  const repeats = tracks.map((_, track) =>
    judged.filter(({ run }) => run.track === track).map(({ run }) => finalsOf(run)),
  );
  const each = repeats.map(instability);
  const stability = { finals: sum(each.map(({ finals }) => finals)), differing: sum(each.map((one) => one.differing)) };
  const baseline = baselineOf(runs, seed);
  print(
    `\nUndisturbed: ${runs.length} sessions on ${tracks.length} tracks, at most ${options.concurrency} at a time; ` +
      `undisturbed repeats differ in ${stability.differing} of ${stability.finals} finals`,
  );
  return { repeats, failures: judged.filter(({ verdict }) => verdict.problems.length > 0), stability, baseline };
}

const finalsOf = ({ heard }: SessionRun): FinalEvent[] => heardOf(heard, 'final').map(({ event }) => event);

/** The next event of every live session at random moments. */
function baselineOf(runs: readonly SessionRun[], seed: number): Summary | null {
  const random = seededRandom(seed);
  const from = Math.min(...runs.map(({ startedAt }) => startedAt));
  const to = Math.max(...runs.map(({ endedAt }) => endedAt));
  const moments = Array.from({ length: BASELINE_MOMENTS * runs.length }, () => from + (to - from) * random());
  return summarise(
    moments.flatMap((moment) =>
      runs.filter((run) => isLive(run, moment)).flatMap((run) => newsAfter(run, moment) ?? []),
    ),
  );
}

async function disturbed(
  { options, seed, tracks, print, signal }: ChaosContext,
  members: Members,
  { repeats, failures, stability, baseline }: Undisturbed,
  progress: Progress,
  until: number,
): Promise<Omit<ChaosResult, 'loopDelayMs'>> {
  progress.phase('under faults');
  const plan = planFaults({
    kinds: options.only,
    rounds: options.rounds,
    gapMs: 1_000 * options.gapSeconds,
    memoryGapMs: 1_000 * options.memoryGapSeconds,
    random: seededRandom(seed),
  });
  const { watch } = members;
  const began = performance.now();
  let areFaultsOver = false;
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  // Every session listens to it.
  setMaxListeners(0, either);
  const faulting = (async () => {
    await sleep(RAMP_MS, undefined, { signal: either });
    const onBegin = ({ kind }: { readonly kind: string }) => progress.fault(kind);
    return runFaults({ ...members, plan, until, onBegin, signal: either });
  })().finally(() => {
    areFaultsOver = true;
  });
  const running = runSessions({
    tracks,
    ingresses: ingressesOf(members),
    concurrency: options.concurrency,
    more: (begun) => performance.now() < until && (begun < options.sessions || !areFaultsOver),
    onBegin: () => progress.begun(),
    onEnd: (run) => progress.ended(run, judge(run, repeats[run.track]!).problems.length === 0),
    signal: either,
  });
  const [runs, faults] = await Promise.all([running, faulting]).catch((error: unknown) => {
    stop.abort(error);
    throw error;
  });
  const judged = runs
    .toSorted((a, b) => a.index - b.index)
    .map((run) => ({ run, verdict: judge(run, repeats[run.track]!) }));
  const figures = faultFigures(faults, runs);
  const seconds = Math.round((performance.now() - began) / 1000);
  if (runs.length < options.sessions)
    print(`\nOnly ${runs.length} of ${options.sessions} sessions before the time cap.`);
  print(`\nUnder faults: ${faults.length} of ${plan.length} planned faults in ${seconds} s`);
  printFaults(figures, baseline, print);
  print('');
  for (const { run, verdict } of failures) {
    print(`FAILED undisturbed session ${run.index} (${run.door}, track ${run.track}): ${verdict.problems.join('; ')}`);
  }
  printSessions(judged, print);
  for (const problem of watch.problems) print(`FAILED: ${problem}`);
  const failed = judged.filter(({ verdict }) => verdict.problems.length > 0).length;
  return {
    passed: judged.length - failed,
    failed: failed + failures.length + watch.problems.length,
    ...{ undisturbed: stability, baseline, figures, errors: countErrors(runs), unexpected: watch.problems },
    faults: faults.map((fault) => ({ ...fault, atSeconds: (fault.at - began) / 1000 })),
    sessions: judged.map(({ run, verdict }) => sessionFacts(run, verdict, began)),
  };
}

const sessionFacts = (run: SessionRun, verdict: JudgedRun['verdict'], began: number): object => ({
  ...{ index: run.index, sessionId: run.sessionId, track: run.track, door: run.door, errors: run.errors },
  fromSeconds: (run.startedAt - began) / 1000,
  toSeconds: (run.endedAt - began) / 1000,
  attachments: run.attachments.map(({ ingress, from, to }) => ({
    ingress,
    fromSeconds: (from - began) / 1000,
    toSeconds: (to - began) / 1000,
  })),
  finals: finalsOf(run).length,
  moved: heardOf(run.heard, 'moved').length,
  ...verdict,
});

const ingressesOf = ({ cluster, linked }: Members): IngressAddress[] =>
  [...cluster.ingresses, linked.ingress.member].map(({ name, addresses }) => ({
    name,
    wsUrl: addresses.ws!,
    grpcAddress: addresses.grpc!,
  }));
