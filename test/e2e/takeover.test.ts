import { createMemoryBus } from '@verbatim/bus';
import { type ClientEvent, type Final, systemClock } from '@verbatim/contracts';
import { DEFAULT_SESSION_LIMITS, LiveSessions } from '@verbatim/ingress';
import { createLogger, readConfig, standaloneSchema } from '@verbatim/kit';
import { createMemoryStores } from '@verbatim/sessions';
import { abilitiesOf, findModel, prepareEngine, SpeechRuntime } from '@verbatim/speech';
import { Transcriber } from '@verbatim/transcriber';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, clip, joined, silence } from '../support/clips.ts';

const model = findModel('moonshine-tiny');
const log = createLogger({ level: 'silent', name: 'test' });
let runtime: SpeechRuntime;

beforeAll(async () => {
  const { VERBATIM_CACHE_DIR: cacheDir } = readConfig(standaloneSchema, process.env);
  runtime = await SpeechRuntime.start({ engine: await prepareEngine(model, { cacheDir }) });
});
afterAll(() => runtime.close());

/** Pauses of every kind, a cut of a long utterance, and words that go on at each end of it. */
const audio = joined(
  clip('ljspeech-0002').pcm16,
  silence(0.6),
  clip('ljspeech-0001').pcm16,
  clip('librispeech-367-0002').pcm16,
  silence(2.5),
  clip('goforward').pcm16,
  silence(0.6),
  clip('ljspeech-0004').pcm16,
);

/** A bus and a store with as many transcribers as the test starts. */
function cluster(ackWaitMs: number) {
  const bus = createMemoryBus({ ackWaitMs });
  const { sessions: store } = createMemoryStores();
  const start = (owner: string, heartbeatMs = ackWaitMs / 3) =>
    Transcriber.start({ bus, store, runtime, model: model.id, slots: 4, owner, heartbeatMs, logger: log });
  const sessions = new LiveSessions({
    bus,
    store,
    models: { default: model.id, list: [{ id: model.id, languages: model.languages, ...abilitiesOf(model) }] },
    defaults: {
      encoding: 'linear16',
      sampleRateHertz: 16_000,
      channelCount: 1,
      silenceMs: 500,
      maxUtteranceMs: 15_000,
    },
    limits: DEFAULT_SESSION_LIMITS,
    clock: systemClock,
    log,
  });
  return { bus, sessions, start };
}

/** Streams the audio at `speed` times real time, calling `disturb` at each of `moments` (shares of the audio). */
async function stream(
  sessions: LiveSessions,
  moments: readonly number[] = [],
  disturb: (moment: number) => void = () => {},
  speed = 8,
): Promise<ClientEvent[]> {
  const session = await sessions.open({ max_utterance_ms: 5_000 }, { tenant: 'default' });
  const events: ClientEvent[] = [];
  const reading = (async () => {
    for await (const event of session.events()) events.push(event);
  })();
  const bytes = bytesOf(audio);
  const due = [...moments];
  const began = performance.now();
  for (let at = 0; at < bytes.length; at += 3_200) {
    if (due[0] !== undefined && at / bytes.length >= due[0]) disturb(due.shift()!);
    await session.write(bytes.subarray(at, at + 3_200));
    await new Promise((resolve) => setTimeout(resolve, began + at / 32 / speed - performance.now()));
  }
  session.end();
  await reading;
  return events;
}

const finalsOf = (events: readonly ClientEvent[]): Final[] => events.filter((event) => event.type === 'final');

describe('a session whose transcriber goes', () => {
  let undisturbed: Final[];
  beforeAll(async () => {
    const { bus, sessions, start } = cluster(5_000);
    const transcriber = start('only');
    undisturbed = finalsOf(await stream(sessions));
    expect(await bus.claims.depth(model.id), 'claims left after the end').toEqual({ queued: 0, active: 0 });
    expect(undisturbed.map(({ reason }) => reason)).toContain('max_utterance');
    await transcriber.drain();
    await bus[Symbol.asyncDispose]();
  }, 30_000);

  it('has the same finals when it is drained again and again', async () => {
    const { bus, sessions, start } = cluster(5_000);
    let current = start('0');
    const moments = [0.04, 0.2, 0.33, 0.5, 0.62, 0.7, 0.85, 0.97];
    const drained: Promise<void>[] = [];
    const events = await stream(sessions, moments, (moment) => {
      const old = current;
      current = start(String(moment));
      drained.push(old.drain());
    });
    expect(finalsOf(events)).toEqual(undisturbed);
    expect(events.filter(({ type }) => type === 'moved').length).toBeGreaterThanOrEqual(moments.length - 1);
    await Promise.all([...drained, current.drain()]);
    await bus[Symbol.asyncDispose]();
  }, 30_000);

  it('has the same finals when it falls silent again and again, and others take the session', async () => {
    const { bus, sessions, start } = cluster(1_500);
    // Heartbeats that never come: each holder loses the session after 1.5 s, in the midst of its work. Much less, and on a
    // busy machine four of them commit nothing, and the session is given up.
    const transcribers = [start('a', 60_000), start('b', 60_000)];
    const events = await stream(sessions);
    expect(finalsOf(events)).toEqual(undisturbed);
    expect(events.filter(({ type }) => type === 'moved').length).toBeGreaterThanOrEqual(2);
    await Promise.all(transcribers.map((transcriber) => transcriber.drain()));
    await bus[Symbol.asyncDispose]();
  }, 30_000);
});
