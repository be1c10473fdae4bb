import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { msFromSamples } from '@verbatim/contracts';
import { normaliseWords } from '../support/normalise-words.ts';
import { addErrors, type WordErrors, wordErrors } from '../support/word-alignment.ts';
import { type ItemTiming, timeItem } from './item-timing.ts';
import { LiveClient } from './live-client.ts';
import { type ProcessUsage, readUsage } from './process-usage.ts';
import { type Heard, heardOf } from './server-events.ts';
import type { ServerUnderTest } from './server-under-test.ts';
import { measured, type Summary, sum, summarise } from './statistics.ts';
import { paceInto, type Streamed } from './stream.ts';
import type { Track, TrackItem } from './track.ts';

/** A track and the text of each of its items when nothing else runs. */
export interface ReferenceTrack extends Track {
  readonly texts: readonly string[];
}

/** A server that sessions are run against, and the process of it whose load is watched. */
export type LoadTarget = Pick<ServerUnderTest, 'wsUrl' | 'pid' | 'eventLoopDelayMs'>;

/** Everything that one number of sessions showed. */
export interface LevelResult {
  readonly sessions: number;
  /** When all sessions ran, in milliseconds of `performance.now()`: latencies and loads count from here to there. */
  readonly window: { readonly from: number; readonly to: number };
  readonly firstTextMs: Summary | null;
  readonly finalMs: Summary | null;
  readonly partialsPerSpeechSecond: number;
  readonly gaps: number;
  readonly gapSeconds: number;
  /** Sessions that failed, with the reason. */
  readonly failures: readonly string[];
  /** Clips that have text when nothing else runs and have none here. */
  readonly lostClips: number;
  /** Clips whose text differs from that when nothing else runs. */
  readonly changedClips: number;
  /** Words against the text when nothing else runs. */
  readonly againstAlone: WordErrors;
  /** Words against what was said. */
  readonly againstTruth: WordErrors;
  /** Null without /proc. */
  readonly server: ServerLoad | null;
  readonly eventLoopDelayMs: number | null;
  /** CPU cores that the load generator itself used. */
  readonly generatorCores: number;
  /** CPU cores that anything else on the machine used: what they take, the server did not have. */
  readonly otherCores: number | null;
  /** How late the load generator sent its chunks. */
  readonly lateMs: Summary | null;
}

export interface ServerLoad {
  /** CPU cores in use. */
  readonly cores: number;
  readonly mainThreadCores: number;
  readonly rssMib: number;
}

const CHUNK_MS = 100;
/** Sessions start spread over this time; figures count from its end on. */
const RAMP_MS = 5_000;
const SETTLE_MS = 500;
/** Spreads starts evenly for any number of sessions (Kronecker sequence of the golden ratio). */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Runs `sessions` sessions at real-time pace, each on one of the tracks in turn; `seconds` is the tracks' length. */
export async function runLevel(
  server: LoadTarget,
  tracks: readonly ReferenceTrack[],
  sessions: number,
  seconds: number,
  signal: AbortSignal,
): Promise<LevelResult> {
  const assigned = Array.from({ length: sessions }, (_, index) => tracks[index % tracks.length]!);
  using stack = new ClientStack();
  const failures: string[] = [];
  const clients = await openAll(server.wsUrl, sessions, stack, failures, signal);
  const began = performance.now() + SETTLE_MS;
  const running = clients.map(async (client, index) => {
    if (client === null) return null;
    const startAt = began + RAMP_MS * ((index * GOLDEN) % 1);
    const run = paceInto(client, assigned[index]!.pcm16, startAt, { chunkMs: CHUNK_MS, signal });
    return run.catch((error: unknown) => {
      failures.push(messageOf(error));
      return null;
    });
  });
  const window = { from: began + RAMP_MS, to: began + seconds * 1000 };
  const load = await watchLoad(server, window.from, window.to, signal);
  const streamed = await Promise.all(running);
  signal.throwIfAborted();
  return { sessions, window, failures, ...load, ...judge(streamed, assigned, window) };
}

/** Clients to close when a level ends in whatever way. */
class ClientStack implements Disposable {
  readonly #clients: LiveClient[] = [];

  add(client: LiveClient): LiveClient {
    this.#clients.push(client);
    return client;
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client[Symbol.dispose]();
  }
}

async function openAll(url: string, count: number, stack: ClientStack, failures: string[], signal: AbortSignal) {
  const clients: (LiveClient | null)[] = [];
  for (let index = 0; index < count; index++) {
    try {
      clients.push(stack.add(await LiveClient.open(url, { overflow: 'DROP_OLDEST', signal })));
    } catch (error) {
      failures.push(messageOf(error));
      clients.push(null);
    }
  }
  return clients;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

type Load = Pick<LevelResult, 'server' | 'eventLoopDelayMs' | 'generatorCores' | 'otherCores'>;

/** CPU, memory and event-loop delay between two moments of `performance.now()`. */
async function watchLoad(server: LoadTarget, from: number, to: number, signal: AbortSignal): Promise<Load> {
  await sleep(Math.max(0, from - performance.now()), undefined, { signal });
  // A scrape begins a new count of the event loop's delay.
  await server.eventLoopDelayMs();
  const before = await readUsage(server.pid);
  const ownBefore = process.cpuUsage();
  const busyBefore = busySeconds();
  const began = performance.now();
  await sleep(Math.max(0, to - performance.now()), undefined, { signal });
  const seconds = (performance.now() - began) / 1000;
  const load = loadBetween(before, await readUsage(server.pid));
  const own = process.cpuUsage(ownBefore);
  const generatorCores = (own.user + own.system) / 1e6 / seconds;
  const busyCores = (busySeconds() - busyBefore) / seconds;
  return {
    server: load,
    generatorCores,
    otherCores: load && Math.max(0, busyCores - load.cores - generatorCores),
    eventLoopDelayMs: await server.eventLoopDelayMs(),
  };
}

/** CPU time of the whole machine that was not idle, in seconds. */
function busySeconds(): number {
  return sum(cpus().map(({ times }) => times.user + times.nice + times.sys + times.irq)) / 1000;
}

function loadBetween(before: ProcessUsage | null, after: ProcessUsage | null): ServerLoad | null {
  if (before === null || after === null) return null;
  const seconds = (after.at - before.at) / 1000;
  return {
    cores: (after.cpuSeconds - before.cpuSeconds) / seconds,
    mainThreadCores: (after.mainThreadSeconds - before.mainThreadSeconds) / seconds,
    rssMib: after.rssMib,
  };
}

interface JudgedItem extends ItemTiming {
  readonly item: TrackItem;
  readonly alone: string;
  /** Spoken while all sessions ran. */
  readonly inWindow: boolean;
}

/** Latencies count for clips spoken while all sessions ran; texts, gaps and losses for all of them. */
function judge(
  streamed: readonly (Streamed | null)[],
  tracks: readonly ReferenceTrack[],
  window: { readonly from: number; readonly to: number },
) {
  const done = streamed.filter((each) => each !== null);
  const items = streamed.flatMap((each, index) => (each === null ? [] : judgeItems(each, tracks[index]!, window)));
  const timed = items.filter(({ inWindow }) => inWindow);
  const gaps = done.flatMap(({ heard }) => heardOf<'gap'>(heard, 'gap'));
  const speechMs = sum(timed.map(({ item }) => msFromSamples(item.speechEnd - item.speechStart)));
  return {
    firstTextMs: summarise(measured(timed.map(({ firstTextMs }) => firstTextMs))),
    finalMs: summarise(measured(timed.map(({ finalMs }) => finalMs))),
    partialsPerSpeechSecond: speechMs === 0 ? 0 : (1000 * sum(timed.map(({ partials }) => partials))) / speechMs,
    gaps: gaps.length,
    gapSeconds: sum(gaps.map(({ message }) => msFromSamples(message.to - message.from))) / 1000,
    lostClips: items.filter(({ text, alone }) => text === '' && alone !== '').length,
    changedClips: items.filter(({ text, alone }) => text !== alone).length,
    againstAlone: addErrors(items.map(({ text, alone }) => wordErrors(normaliseWords(alone), normaliseWords(text)))),
    againstTruth: addErrors(
      items.map(({ text, item }) => wordErrors(normaliseWords(item.clip.text), normaliseWords(text))),
    ),
    lateMs: summarise(done.flatMap(({ lateMs }) => lateMs)),
  };
}

function judgeItems(
  { heard, startedAt }: { readonly heard: readonly Heard[]; readonly startedAt: number },
  { items, texts }: ReferenceTrack,
  window: { readonly from: number; readonly to: number },
): JudgedItem[] {
  return items.map((item, index) => ({
    ...timeItem(heard, item, startedAt),
    item,
    alone: texts[index] ?? '',
    inWindow:
      startedAt + msFromSamples(item.speechStart) >= window.from &&
      startedAt + msFromSamples(item.speechEnd) <= window.to,
  }));
}
