import { type Summary, sum, summarise } from '../bench/statistics.ts';
import { fixed, formatTable } from '../bench/table.ts';
import { FAULT_KINDS, type FaultKind } from './fault-plan.ts';
import type { FaultRecord } from './faults.ts';
import { type Touch, touchesOf } from './gap-times.ts';
import type { SessionRun } from './session-runs.ts';
import type { Verdict } from './verdict.ts';

/** What one kind of fault did to the sessions that it touched; milliseconds. */
export interface FaultFigures {
  readonly kind: FaultKind;
  readonly times: number;
  readonly touched: number;
  /** From the fault to the first new event. */
  readonly news: Summary | null;
  /** Touched sessions after which no new event came: they were at their end. */
  readonly withoutNews: number;
  /** From the fault to the sign that another process has the session. */
  readonly takeover: Summary | null;
  /** How long drained processes took to end. */
  readonly drain: Summary | null;
  /** Commits refused to transcribers that came back; null where none was asked. */
  readonly fenced: number | null;
}

export interface JudgedRun {
  readonly run: SessionRun;
  readonly verdict: Verdict;
}

/** The figures of each kind of fault that there was. */
export function faultFigures(faults: readonly FaultRecord[], runs: readonly SessionRun[]): FaultFigures[] {
  const touches = faults.map((fault, index) =>
    touchesOf(fault, runs, faults[index + 1]?.at ?? Number.POSITIVE_INFINITY),
  );
  return FAULT_KINDS.flatMap((kind) => {
    const ours = faults.flatMap((fault, index) => (fault.kind === kind ? [index] : []));
    if (ours.length === 0) return [];
    const all: Touch[] = ours.flatMap((index) => touches[index]!);
    const fenced = ours.flatMap((index) => faults[index]!.fenced ?? []);
    return {
      ...{ kind, times: ours.length, touched: all.length },
      news: summarise(all.flatMap(({ newsMs }) => newsMs ?? [])),
      withoutNews: all.filter(({ newsMs }) => newsMs === null).length,
      takeover: summarise(all.flatMap(({ takeoverMs }) => takeoverMs ?? [])),
      drain: summarise(ours.flatMap((index) => faults[index]!.drainMs ?? [])),
      fenced: fenced.length === 0 ? null : sum(fenced),
    };
  });
}

export function printFaults(figures: readonly FaultFigures[], baseline: Summary | null, print: (text: string) => void) {
  print('Milliseconds from a fault to the next event of each session that it touched (partial, final, speech, moved),');
  print('and to the sign that another process has it (moved for transcribers, opened for ingresses).');
  const columns = ['', 'times', 'touched', 'event p50', 'p95', 'max', 'taken over p50', 'p95', 'max'];
  const cells = (summary: Summary | null) => [fixed(summary?.p50), fixed(summary?.p95), fixed(summary?.max)];
  const rows = figures.map(({ kind, times, touched, news, takeover }) => [
    ...[kind, times, touched],
    ...[...cells(news), ...cells(takeover)],
  ]);
  const still = ['no fault, at random moments', null, baseline?.count ?? 0, ...cells(baseline), null, null, null];
  print(formatTable(columns, [...rows, still]));
  for (const { kind, drain, fenced } of figures) {
    if (drain !== null) print(`${kind}: the process ended in ${fixed(drain.p50)} ms (p50), ${fixed(drain.max)} (max)`);
    if (fenced !== null) print(`${kind}: ${fenced} late commits refused`);
  }
}

/** Sessions that failed to show in full; more of the same kind tell nothing new. */
const MOST_SHOWN = 20;

export function printSessions(judged: readonly JudgedRun[], print: (text: string) => void): void {
  const runs = judged.map(({ run }) => run);
  const moved = sum(runs.map(({ heard }) => heard.filter(({ event }) => event.type === 'moved').length));
  const finals = sum(runs.map(({ heard }) => heard.filter(({ event }) => event.type === 'final').length));
  const resumes = sum(runs.map(({ attachments }) => Math.max(0, attachments.length - 1)));
  const most = Math.max(0, ...runs.map(({ attachments }) => attachments.length - 1));
  print(
    `${runs.length} sessions, ${finals} finals; moved ${moved} times, resumed ${resumes} times (one up to ${most}).`,
  );
  const errors = Object.entries(countErrors(runs)).map(([code, count]) => `${code} ${count}`);
  print(`Connections that failed or ended early: ${errors.length === 0 ? 'none' : errors.join(', ')}.`);
  const differences = judged.flatMap(({ verdict }) => verdict.differences);
  const excused = differences.filter(({ isExcused }) => isExcused);
  const places = differences.filter(({ kind, isExcused }) => kind === 'place' && !isExcused);
  print(`${excused.length} finals differ where undisturbed repeats differ too; ${places.length} have the same text at`);
  print('another place (their start or end differs).');
  const failed = judged.filter(({ verdict }) => verdict.problems.length > 0);
  for (const { run, verdict } of failed.slice(0, MOST_SHOWN)) {
    print(`FAILED session ${run.index} (${run.door}, track ${run.track}, ${run.sessionId}):`);
    for (const problem of verdict.problems) print(`  ${problem}`);
  }
  if (failed.length > MOST_SHOWN) print(`… and ${failed.length - MOST_SHOWN} more that failed.`);
}

export function countErrors(runs: readonly SessionRun[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { errors } of runs) {
    for (const [code, count] of Object.entries(errors)) counts[code] = (counts[code] ?? 0) + count;
  }
  return counts;
}
