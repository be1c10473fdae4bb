import { setTimeout as sleep } from 'node:timers/promises';
import { samplesFromMs } from '@verbatim/contracts';
import { ClusterUnderTest } from './cluster-under-test.ts';
import type { BenchContext } from './context.ts';
import { pickClips } from './corpus.ts';
import { type IdleOutcome, runIdleSession } from './idle-session.ts';
import { LiveClient } from './live-client.ts';
import type { Silence } from './options.ts';
import { nearSilence, seededRandom } from './random.ts';
import { finalText } from './server-events.ts';
import { measured, type Summary, summarise } from './statistics.ts';
import { streamUnpaced } from './stream.ts';
import { fixed, formatTable } from './table.ts';
import { singleTrack, type Track } from './track.ts';
import { type ProcessLoad, UsageSampler } from './usage-sampler.ts';

interface ProcessIdle extends ProcessLoad {
  /** Before the first session. */
  readonly rssBeforeMib: number | null;
  /** When all sessions were open. */
  readonly rssOpenMib: number | null;
  /** 99th percentile while they were, ms; null for programs that are not ours. */
  readonly eventLoopDelayMs: number | null;
}

export interface IdleResult {
  readonly wanted: number;
  readonly silence: Silence;
  readonly seconds: number;
  readonly opened: number;
  /** How long it took to open them all. */
  readonly openSeconds: number;
  /** Sessions that failed, with the reason. */
  readonly failures: readonly string[];
  /** Sessions whose text is that of the same clip alone. */
  readonly right: number;
  readonly withoutText: number;
  readonly finalMs: Summary | null;
  readonly lateMs: Summary | null;
  readonly generatorCores: number;
  readonly processes: readonly ProcessIdle[];
  readonly log: readonly string[];
}

const CLIPS = 24;
const CLIP_SECONDS = { min: 1, max: 6 };
const BEFORE_MS = 500;
const AFTER_MS = 1_500;
const OPEN_AT_A_TIME = 16;
/** Nobody speaks in the first and the last seconds, where sessions open and close. */
const MARGIN_MS = 10_000;

/** Many open sessions of which few speak at a time. */
export async function benchIdle(context: BenchContext): Promise<IdleResult> {
  const { corpus, options, note, signal } = context;
  await using cluster = await ClusterUnderTest.start({
    transcribers: 1,
    settings: { MAX_SESSIONS: String(options.open + 1) },
    signal,
  });
  note('idle: taking the text of each clip while nothing else runs');
  const clips = pickClips(corpus.clips, CLIPS, CLIP_SECONDS.min, CLIP_SECONDS.max);
  const tracks = clips.map((clip, index) => singleTrack(clip, BEFORE_MS, AFTER_MS, index));
  const texts: string[] = [];
  for (const { pcm16 } of tracks) texts.push(finalText((await streamUnpaced(cluster.wsUrl, pcm16, signal)).heard));
  using sampler = new UsageSampler(cluster.members);
  const ours = cluster.members.filter(({ role }) => role === 'ingress' || role === 'transcriber');
  await sleep(2_000, undefined, { signal });
  const before = rssNow(sampler);
  const failures: string[] = [];
  note(`idle: opening ${options.open} sessions`);
  const openedAt = performance.now();
  const clients = await openMany(cluster.wsUrl, options.open, failures, signal);
  const openSeconds = (performance.now() - openedAt) / 1000;
  try {
    // A scrape begins a new count of the event loop's delay.
    await Promise.all(ours.map((member) => cluster.eventLoopDelayOf(member)));
    await sleep(1_500, undefined, { signal });
    const open = rssNow(sampler);
    const window = { from: performance.now(), to: performance.now() + options.idleSeconds * 1000 };
    note(`idle: ${clients.length} sessions are open; holding them for ${options.idleSeconds} s`);
    const own = process.cpuUsage();
    const outcomes = holdThem(clients, tracks, window, options.silence, failures, signal);
    await sleep(window.to - performance.now() - 1_000, undefined, { signal });
    const generator = process.cpuUsage(own);
    const loads = sampler.between(window.from, window.to);
    const delays = new Map<string, number | null>();
    for (const member of ours) delays.set(member.name, await cluster.eventLoopDelayOf(member));
    const done = (await outcomes).flatMap((outcome, index) =>
      outcome === null ? [] : { ...outcome, alone: texts[index % texts.length]! },
    );
    signal.throwIfAborted();
    const result: IdleResult = {
      ...{ wanted: options.open, silence: options.silence, seconds: options.idleSeconds },
      ...{ opened: clients.length, openSeconds, failures },
      right: done.filter(({ text, alone }) => text === alone).length,
      withoutText: done.filter(({ text }) => text === '').length,
      finalMs: summarise(measured(done.map(({ finalMs }) => finalMs))),
      lateMs: summarise(done.flatMap(({ lateMs }) => lateMs)),
      generatorCores: (generator.user + generator.system) / 1e6 / (options.idleSeconds - 1),
      processes: loads.map((load) => ({
        ...load,
        rssBeforeMib: before.get(load.name) ?? null,
        rssOpenMib: open.get(load.name) ?? null,
        eventLoopDelayMs: delays.get(load.name) ?? null,
      })),
      log: cluster.log,
    };
    report(result, context.print);
    return result;
  } finally {
    for (const client of clients) client[Symbol.dispose]();
  }
}

const rssNow = ({ samples }: UsageSampler): Map<string, number> =>
  new Map([...samples].flatMap(([name, all]) => (all.length === 0 ? [] : [[name, all.at(-1)!.rssMib] as const])));

async function openMany(url: string, count: number, failures: string[], signal: AbortSignal): Promise<LiveClient[]> {
  const clients: LiveClient[] = [];
  let begun = 0;
  const open = async () => {
    while (begun < count) {
      begun++;
      try {
        clients.push(await LiveClient.open(url, { overflow: 'DROP_OLDEST', signal }));
      } catch (error) {
        signal.throwIfAborted();
        failures.push(messageOf(error));
      }
    }
  };
  await Promise.all(Array.from({ length: OPEN_AT_A_TIME }, open));
  return clients;
}

/** Each session speaks at a moment of chance; null for one that failed. */
function holdThem(
  clients: readonly LiveClient[],
  tracks: readonly Track[],
  window: { readonly from: number; readonly to: number },
  silence: Silence,
  failures: string[],
  signal: AbortSignal,
): Promise<(IdleOutcome | null)[]> {
  const random = seededRandom(1);
  const quiet = nearSilence(samplesFromMs(100), random);
  const span = window.to - window.from - 2 * MARGIN_MS;
  return Promise.all(
    clients.map(async (client, index) => {
      const speakAt = window.from + MARGIN_MS + span * random();
      const plan = { track: tracks[index % tracks.length]!, speakAt, endAt: window.to, silence, quiet };
      try {
        return await runIdleSession(client, plan, signal);
      } catch (error) {
        failures.push(messageOf(error));
        return null;
      }
    }),
  );
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function report(result: IdleResult, print: (text: string) => void): void {
  const { opened, wanted, openSeconds, silence, seconds, failures, right, withoutText, finalMs, lateMs } = result;
  const what = silence === 'stream' ? 'silence as audio' : 'nothing but keep-alives';
  print(
    `IDLE: ${opened} of ${wanted} sessions open for ${seconds} s through 1 ingress and 1 transcriber; each says one clip`,
  );
  print(`and else sends ${what}. They were opened in ${openSeconds.toFixed(1)} s.`);
  print(
    `${right} of ${opened} have the text of the same clip alone, ${withoutText} have none, ${failures.length} failed`,
  );
  for (const failure of [...new Set(failures)].slice(0, 5)) print(`failed: ${failure}`);
  const line = (name: string, each: Summary | null) => [name, fixed(each?.p50), fixed(each?.p95), fixed(each?.max)];
  const times = [line('speech end to final', finalMs), line('sent late by (generator)', lateMs)];
  print(formatTable(['milliseconds', 'p50', 'p95', 'max'], times));
  const rows = result.processes.map((each) => [
    ...[each.name, fixed(each.cores, 3), fixed((1000 * each.cores) / Math.max(1, opened), 3)],
    ...[fixed(each.rssBeforeMib), fixed(each.rssOpenMib), fixed(each.rssMib), fixed(each.eventLoopDelayMs, 1)],
  ]);
  const columns = ['', 'cores', 'per 1000 sessions', 'RSS MiB before', 'all open', 'at the end', 'loop p99 ms'];
  print(formatTable(columns, [...rows, ['load generator', fixed(result.generatorCores, 3)]]));
  if (result.log.length > 0) print(`The cluster logged ${result.log.length} lines; the first: ${result.log[0]}`);
}
