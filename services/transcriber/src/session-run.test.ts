import { type Claim, createMemoryBus, SlotPool } from '@verbatim/bus';
import { type SessionEvent, type SessionSpec, SttError } from '@verbatim/contracts';
import { ManualClock, settle } from '@verbatim/contracts/testing';
import { createLogger } from '@verbatim/kit';
import { createMemoryStores } from '@verbatim/sessions';
import type { RecognizerOutput, RecognizerSettings } from '@verbatim/speech';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type SessionRecognizer, SessionRun, type SessionRunOptions } from './session-run.ts';

const SPEC: SessionSpec = {
  sessionId: 's',
  tenant: 'default',
  kind: 'live',
  model: 'm',
  encoding: 'linear16',
  sampleRateHertz: 16_000,
  channelCount: 1,
  language: 'en',
  task: 'translate',
  partialResults: true,
  silenceMs: 500,
  maxUtteranceMs: 15_000,
  prompt: 'Zürich',
  overflow: 'block',
};

/** Hears one word in every chunk, and answers marks as a recogniser must. */
class Parrot implements SessionRecognizer {
  received: number;
  decoded = 0;
  behind = false;
  readonly flushedBefore = [];
  readonly #emit: (output: RecognizerOutput) => void;
  #marks = 0;

  constructor(emit: (output: RecognizerOutput) => void, cursor: number) {
    this.#emit = emit;
    this.received = cursor;
  }

  write(firstSample: number, pcm16: Int16Array): void {
    this.received = firstSample + pcm16.length;
    this.decoded = this.received;
    const final = {
      utterance: 1,
      text: 'word',
      confidence: 1,
      start: 0,
      end: 1,
      language: 'en',
      reason: 'silence',
    } as const;
    this.#commit({ final });
  }

  mark(index: number, mark: Parameters<SessionRecognizer['mark']>[1]): void {
    this.#marks = index;
    if (mark.type === 'end') this.#commit({ ended: mark.reason });
    if (mark.type === 'finalize') this.#commit({ flushed: { requestId: mark.requestId, mark: index } });
  }

  stop(): void {}

  #commit(step: Partial<Extract<RecognizerOutput, { type: 'commit' }>>): void {
    this.#emit({ type: 'commit', cursor: this.received, state: new Uint8Array(1), marks: this.#marks, ...step });
  }
}

const setUp = async (options: Partial<SessionRunOptions> = {}) => {
  const clock = new ManualClock();
  const bus = createMemoryBus({ clock, ackWaitMs: 5_000 });
  const { sessions: store } = createMemoryStores({ clock });
  onEnd.push(async () => bus[Symbol.asyncDispose]());
  await store.open(SPEC, 'hash');
  await bus.claims.offer(SPEC);
  const claims = bus.claims.take(SPEC.model, new SlotPool(10), new AbortController().signal)[Symbol.asyncIterator]();
  const take = async (): Promise<Claim> => (await claims.next()).value;
  const events: SessionEvent[] = [];
  void (async () => {
    for await (const event of await bus.events.subscribe('s', new AbortController().signal)) events.push(event);
  })();
  const run = (claim: Claim) => {
    const started = new SessionRun(claim, {
      bus,
      store,
      runtime: { recognizer: (_settings, emit, restored) => new Parrot(emit, restored?.cursor ?? 0) },
      owner: 'test',
      firstPartialMs: 160,
      heartbeatMs: 1_500,
      orphanMs: 60_000,
      logger: createLogger({ level: 'silent', name: 'test' }),
      clock,
      ...options,
    });
    started.done.catch(() => {});
    return started;
  };
  const of = (type: SessionEvent['type']) => events.filter((event) => event.type === type);
  return { clock, bus, store, take, run, of };
};

const onEnd: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of onEnd.splice(0)) await end();
});

const chunk = (n: number) => [n * 1_600, new Int16Array(1_600)] as const;

describe('a run of a session', () => {
  it('has a recogniser that is asked for what the session’s client asked for', async () => {
    const settings: RecognizerSettings[] = [];
    const { take, run } = await setUp({
      runtime: {
        recognizer: (asked, emit) => {
          settings.push(asked);
          return new Parrot(emit, 0);
        },
      },
    });
    run(await take());
    await settle();
    const { sessionId, kind, language, task, prompt, silenceMs, maxUtteranceMs, partialResults } = SPEC;
    expect(settings).toEqual([
      { sessionId, kind, language, task, prompt, silenceMs, maxUtteranceMs, partialResults, firstPartialMs: 160 },
    ]);
  });

  it('commits before it publishes, answers its marks, closes, and leaves no claim and no audio', async () => {
    const { bus, store, take, run, of, clock } = await setUp();
    const { done } = run(await take());
    await bus.audio.append('s', ...chunk(0));
    await bus.audio.mark('s', { type: 'finalize', requestId: 'a' });
    await bus.audio.mark('s', { type: 'end', reason: 'end_of_audio' });
    await done;
    await settle();
    expect(of('final')).toMatchObject([{ sequence: 1, text: 'word' }]);
    expect(of('flushed')).toMatchObject([{ requestId: 'a', mark: 1 }]);
    expect(of('progress').at(-1)).toMatchObject({ finals: 1, marks: 2 });
    expect(of('closed')).toEqual([{ type: 'closed', reason: 'end_of_audio', audioSeconds: 0.1, finals: 1 }]);
    expect(await store.get('s')).toMatchObject({ status: 'closed', closeReason: 'end_of_audio' });
    expect(await bus.claims.depth('m')).toEqual({ queued: 0, active: 0 });
    expect(await bus.audio.head('s')).toBe(0);
    await clock.advance(100_000);
  });

  it('stops without a word when another one has the session', async () => {
    const onFenced = vi.fn();
    const { bus, store, take, run, of } = await setUp({
      observer: { onEvent: () => {}, onFenced, onFinal: () => {} },
    });
    const { done } = run(await take());
    await settle();
    await store.claim('s', 'another');
    await bus.audio.append('s', ...chunk(0));
    await done;
    expect(onFenced).toHaveBeenCalledOnce();
    expect(of('final')).toEqual([]);
    expect(await store.finals('s', 0)).toEqual([]);
  });

  it('takes nothing from others with a claim that it has lost already', async () => {
    const { take, run, bus, store } = await setUp();
    const claim = await take();
    await bus.claims.withdraw('s');
    await run(claim).done;
    expect(await store.get('s')).toMatchObject({ epoch: 0 });
  });

  it('counts a hand-over as no failed attempt', async () => {
    const { take, run, store } = await setUp();
    for (let move = 0; move < 6; move++) {
      const next = run(await take());
      await settle();
      next.handOver();
      await next.done;
    }
    expect(await store.claim('s', 'next')).toMatchObject({ attempts: 1 });
  });

  it('hands over at once what it holds', async () => {
    const { take, run } = await setUp();
    const next = run(await take());
    await settle();
    next.handOver();
    await next.done;
    expect((await take()).spec).toEqual(SPEC);
  });

  it('gives a session up that nobody brought to a commit in four tries, and says so', async () => {
    const { store, take, run, of, bus } = await setUp();
    for (let attempt = 0; attempt < 4; attempt++) await store.claim('s', 'dead');
    await run(await take()).done;
    await settle();
    expect(await store.get('s')).toMatchObject({ status: 'closed', closeReason: 'failed' });
    expect(of('closed')).toMatchObject([{ reason: 'failed' }]);
    expect(await bus.claims.depth('m')).toEqual({ queued: 0, active: 0 });
  });

  it('counts no tries against a session once it has held it for ten seconds', async () => {
    const { store, take, run, clock } = await setUp();
    await store.claim('s', 'dead');
    run(await take());
    await settle();
    await clock.advance(10_000);
    expect(await store.claim('s', 'next')).toMatchObject({ attempts: 1 });
  });

  it('ends a session whose door shows no sign of life, and none whose client only keeps it alive', async () => {
    const { bus, take, run, of, clock } = await setUp();
    const { done } = run(await take());
    await settle();
    for (let minute = 0; minute < 3; minute++) {
      await clock.advance(50_000);
      await bus.events.control('s', { type: 'keep_alive' });
    }
    expect(of('closed')).toEqual([]);
    await clock.advance(80_000);
    await done;
    await settle();
    expect(of('closed')).toMatchObject([{ reason: 'resume_window_expired' }]);
  });

  it('offers the session again at once when the store is away for too long', async () => {
    const { store, bus, take, run } = await setUp();
    const { done } = run(await take());
    await settle();
    const away = new SttError('unavailable', 'Redis is away.');
    vi.spyOn(store, 'commit').mockRejectedValueOnce(away);
    await bus.audio.append('s', ...chunk(0));
    await expect(done).rejects.toBe(away);
    expect((await take()).spec).toEqual(SPEC);
  });

  it('tidies up after a holder that died between closing the session and letting go of it', async () => {
    const { store, bus, take, run } = await setUp();
    await bus.audio.append('s', ...chunk(0));
    await store.close('s', 'end_of_audio');
    await run(await take()).done;
    expect(await bus.audio.head('s')).toBe(0);
    expect(await bus.claims.depth('m')).toEqual({ queued: 0, active: 0 });
  });
});
