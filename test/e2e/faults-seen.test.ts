import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { clip, joined, silence } from '../support/clips.ts';
import { GrpcStream } from '../support/grpc-client.ts';
import { speakInto } from '../support/talk.ts';
import { missingToWatch, type WatchedCluster, watchCluster } from '../support/watched-cluster.ts';

const missing = missingToWatch();
const sentence = joined(clip('goforward').pcm16, silence(1));
const slowDecode = fileURLToPath(new URL('../support/slow-decode.mjs', import.meta.url));

/**
 * Rules as they are, but for their times: what needs five minutes in earnest needs some seconds here. And for their limits, which
 * are for machines that do nothing else: other tests run beside this one, and only the faults that it makes are to be seen.
 */
const hurried = (rules: string): string =>
  rules
    .replaceAll(/\[(5|15|30)m\]/g, '[12s]')
    .replaceAll(/\[(1|6)h\]/g, '[24s]')
    .replaceAll(/for: \S+/g, 'for: 2s')
    .replaceAll(/> 1$/gm, '> 4')
    .replaceAll(/> 0\.25$/gm, '> 1')
    .replaceAll(/> 0\.1$/gm, '> 0.2');

const WAIT = { timeout: 60_000, interval: 500 };
const WINDOW_MS = 12_000;

describe.skipIf(missing !== null)(`somebody on call${missing === null ? '' : ` (${missing})`}`, () => {
  let watched: WatchedCluster;
  let folder: string;
  const over = new AbortController();
  let talking: Promise<void>[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'verbatim-faults-'));
    watched = await watchCluster({
      ...{ ingresses: 1, transcribers: 1, media: 1, rules: hurried },
      settings: {
        NODE_OPTIONS: `--import ${slowDecode}`,
        SLOW_DECODE_FILE: path.join(folder, 'slow'),
        STREAMING_WORKERS: '2',
      },
    });
    talking = [0, 400].map((after) => talkOn(watched, after, over.signal));
    await vi.waitFor(async () => expect(await value('verbatim:finals:rate_5m')).toBeGreaterThan(0), WAIT);
  }, 120_000);

  afterAll(async () => {
    over.abort();
    await Promise.allSettled(talking);
    await watched?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  it('hears of nothing while everything is well', async () => {
    await sleep(WINDOW_MS);
    expect(await firing()).toEqual([]);
  }, 60_000);

  it('sees a slow decode in its stage and its alert, and in no other', async () => {
    const file = path.join(folder, 'slow');
    await writeFile(file, '2000');
    onTestFinished(() => rm(file, { force: true }));
    await vi.waitFor(async () => expect(await firing()).toContain('VerbatimDecodeSlow'), WAIT);
    expect(await slowest()).toMatch(/^(buffer|decode)$/);
    expect(
      await othersThan('VerbatimDecodeSlow', 'VerbatimFinalTextSlow', 'VerbatimFirstWordsSlow', 'VerbatimLag'),
    ).toEqual([]);
  }, 120_000);

  it('sees a slow Redis in its stage and its alert, and in no other', async () => {
    await quiet();
    await using _ = await slowRedis(
      new URL(watched.cluster.members.find(({ name }) => name === 'redis')!.addresses.redis!),
    );
    await vi.waitFor(async () => expect(await firing()).toContain('VerbatimStoreSlow'), WAIT);
    expect(await slowest()).toBe('commit');
    expect(await othersThan('VerbatimStoreSlow', 'VerbatimFinalTextSlow')).toEqual([]);
  }, 180_000);

  it('sees a client that does not read in its panel and its alert, and in no other', async () => {
    await quiet();
    await using lagging = new GrpcStream(watched.cluster.ingresses[0]!.addresses.grpc!, {});
    await lagging.until('opened');
    lagging.stopReading();
    const asking = askMuch(lagging, over.signal);
    await vi.waitFor(async () => expect(await firing()).toContain('VerbatimSlowReaders'), WAIT);
    expect(await value('sum(rate(verbatim_slow_readers_total[12s]))')).toBeGreaterThan(0);
    expect(await othersThan('VerbatimSlowReaders', 'VerbatimDeliverySlow')).toEqual([]);
    lagging.readOn();
    await asking;
  }, 180_000);

  const value = async (expression: string): Promise<number> =>
    (await watched.prometheus.query(expression))[0]?.value ?? 0;

  const firing = async (): Promise<string[]> =>
    (await watched.prometheus.alerts())
      .filter(({ state }) => state === 'firing')
      .map(({ name }) => name)
      .toSorted();

  const othersThan = async (...expected: readonly string[]): Promise<string[]> =>
    (await firing()).filter((name) => !expected.includes(name));

  /** The stage that takes longest, but for the silence itself. */
  const slowest = async (): Promise<string> => {
    const means = await watched.prometheus.query(
      'topk(1, stage:verbatim_stage_duration_seconds:mean_5m{stage!="vad"})',
    );
    return means[0]?.labels.stage ?? '';
  };

  const quiet = (): Promise<void> =>
    vi.waitFor(async () => expect(await firing()).toEqual([]), { timeout: 90_000, interval: 500 });
});

/** Sentence after sentence, each a session of its own. */
async function talkOn({ cluster }: WatchedCluster, afterMs: number, signal: AbortSignal): Promise<void> {
  await sleep(afterMs);
  while (!signal.aborted) {
    await using call = new GrpcStream(cluster.ingresses[0]!.addresses.grpc!, {});
    await speakInto(call, sentence);
    call.end();
    await call.status;
  }
}

/** Holds Redis up for 400 ms again and again, as a slow disk does. */
async function slowRedis({ hostname, port }: URL): Promise<AsyncDisposable> {
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.on('data', () => {});
  const pause = () => socket.write('CLIENT PAUSE 400 WRITE\r\n');
  const timer = setInterval(pause, 450);
  pause();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      socket.end('CLIENT UNPAUSE\r\n');
      await once(socket, 'close');
    },
  };
}

/** Has the server say so much that its connection is full, whatever buffers there are. */
async function askMuch(call: GrpcStream, signal: AbortSignal): Promise<void> {
  let ended = false;
  void call.status.then(() => {
    ended = true;
  });
  for (let round = 0; !ended && !signal.aborted; round++) {
    for (let i = 0; i < 50; i++) await call.send({ finalize: { requestId: `${round}-${i}-${'x'.repeat(100)}` } });
    await sleep(20);
  }
}
