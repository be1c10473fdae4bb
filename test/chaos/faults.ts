import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../cluster/cluster.ts';
import type { Member } from '../cluster/member.ts';
import { ChaosError } from './chaos-error.ts';
import type { DeathWatch } from './death-watch.ts';
import { FAULTS, type FaultKind, type PlannedFault } from './fault-plan.ts';
import { fencedCommits } from './fenced-commits.ts';
import type { LinkedMember, LinkedMembers } from './linked-members.ts';

/** A fault that has been, in milliseconds of `performance.now()`. */
export interface FaultRecord {
  readonly kind: FaultKind;
  /** Whom it struck. */
  readonly member: string;
  readonly at: number;
  /** When what it struck was ready again. */
  readonly overAt: number;
  /** Of a transcriber that was stopped or cut off: commits that were refused when it came back; null where it could not be asked. */
  readonly fenced?: number | null;
  /** Of a drain: how long the process took to end, in milliseconds. */
  readonly drainMs?: number;
}

/** Between a process's death and its next start: what a supervisor needs. */
const RESTART_MS = 1_000;
const OUTAGE_MS = 4_000;
const FREEZE_MS = 5_000;
const ZOMBIE_MS = 8_000;
/** Longer than claims last without a heartbeat, shorter than processes wait for a server that is away. */
const CUT_MS = 8_000;
/** What a zombie does when it comes back, it does at once. */
const ZOMBIE_SETTLE_MS = 3_000;
/** A start takes seconds, also where every session comes back at once. */
const START_MS = 60_000;
/** A drain that takes longer has failed; what does not end then is killed. */
const DRAIN_MS = 20_000;

export interface StrikeContext {
  readonly cluster: Cluster;
  readonly linked: LinkedMembers;
  readonly watch: DeathWatch;
  readonly signal: AbortSignal;
}

/** Strikes, waits, and puts things right again. */
export async function strike(
  { kind, pick }: PlannedFault,
  { cluster, linked, watch, signal }: StrikeContext,
): Promise<FaultRecord> {
  if (kind === 'transcriber-link') return cut(kind, linked.transcriber, signal);
  if (kind === 'ingress-link') return cut(kind, linked.ingress, signal);
  const member = choose(cluster, FAULTS[kind].role, pick);
  const fencedBefore = kind === 'transcriber-zombie' ? await fencedCommits(member) : null;
  const at = performance.now();
  const record = (extra: Partial<FaultRecord> = {}): FaultRecord => ({
    ...{ kind, member: member.name, at, overAt: performance.now() },
    ...extra,
  });
  const comeBack = async (afterMs: number) => {
    await sleep(afterMs, undefined, { signal });
    await bringBack(cluster, member.name, signal);
  };
  switch (kind) {
    case 'transcriber-kill':
    case 'ingress-kill':
      await kill(member, watch);
      await comeBack(RESTART_MS);
      return record();
    case 'transcriber-drain':
    case 'ingress-drain': {
      const drainMs = await drain(member, watch);
      await comeBack(RESTART_MS);
      return record({ drainMs });
    }
    case 'transcriber-zombie': {
      await freeze(member, ZOMBIE_MS, signal);
      await sleep(ZOMBIE_SETTLE_MS, undefined, { signal });
      const fenced = await fencedCommits(member);
      return record({ fenced: fenced === null || fencedBefore === null ? null : fenced - fencedBefore });
    }
    case 'nats-kill':
    case 'redis-kill':
      await kill(member, watch);
      await comeBack(0);
      return record();
    case 'nats-outage':
      await kill(member, watch);
      await comeBack(OUTAGE_MS);
      return record();
    case 'redis-restart':
      await drain(member, watch);
      await comeBack(0);
      return record();
    case 'nats-freeze':
    case 'redis-freeze':
      await freeze(member, FREEZE_MS, signal);
      return record();
  }
}

/** Starts a member again. @throws ChaosError if it does not get ready. */
export async function bringBack(cluster: Cluster, name: string, signal: AbortSignal): Promise<void> {
  const started = cluster.restart(name).then(() => true);
  const done = new AbortController();
  const late = sleep(START_MS, false, { signal: AbortSignal.any([signal, done.signal]) });
  late.catch(() => {});
  // A start that is given up here fails when the cluster stops.
  started.catch(() => {});
  const isReady = await Promise.race([started, late]);
  done.abort();
  if (!isReady) throw new ChaosError(`${name} was not ready ${START_MS / 1000} s after its start`);
}

async function cut(kind: FaultKind, link: LinkedMember, signal: AbortSignal): Promise<FaultRecord> {
  const { member } = link;
  const fencedBefore = member.role === 'transcriber' ? await fencedCommits(member) : null;
  const at = performance.now();
  link.freeze();
  try {
    await sleep(CUT_MS, undefined, { signal });
  } finally {
    link.thaw();
  }
  const overAt = performance.now();
  if (fencedBefore === null) return { kind, member: member.name, at, overAt };
  await sleep(ZOMBIE_SETTLE_MS, undefined, { signal });
  const fenced = await fencedCommits(member);
  return { kind, member: member.name, at, overAt, fenced: fenced === null ? null : fenced - fencedBefore };
}

function choose(cluster: Cluster, role: string, pick: number): Member {
  const living = cluster.members.filter((member) => member.role === role && member.alive);
  const member = living[Math.floor(pick * living.length)];
  if (member === undefined) throw new ChaosError(`No ${role} is alive that could be struck.`);
  return member;
}

async function kill(member: Member, watch: DeathWatch): Promise<void> {
  watch.expect(member);
  member.kill('SIGKILL');
  await member.exited;
}

/** @returns how long it took, in milliseconds. */
async function drain(member: Member, watch: DeathWatch): Promise<number> {
  watch.expect(member);
  const began = performance.now();
  member.kill('SIGTERM');
  const enough = setTimeout(() => {
    watch.add(`${member.name} did not end within ${DRAIN_MS / 1000} s of SIGTERM and was killed`);
    member.kill('SIGKILL');
  }, DRAIN_MS);
  await member.exited;
  clearTimeout(enough);
  return performance.now() - began;
}

async function freeze(member: Member, ms: number, signal: AbortSignal): Promise<void> {
  member.kill('SIGSTOP');
  try {
    await sleep(ms, undefined, { signal });
  } finally {
    member.kill('SIGCONT');
  }
}
