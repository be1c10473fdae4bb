import type { SessionEvent } from '@verbatim/contracts';
import { settle } from '@verbatim/contracts/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { createHarness, Listener, type Parts, speech } from '../testing/session-harness.ts';

let harness: ReturnType<typeof createHarness>;
const start = (parts?: Parts) => {
  harness = createHarness(parts);
  return harness;
};

afterEach(async () => {
  harness.transcriber.stop();
  harness.sessions.abandon();
  await harness.bus[Symbol.asyncDispose]();
});

const heard = (sessionId: string) => harness.transcriber.seen.get(sessionId)!;

const progressAt = (decodedSample: number): SessionEvent => ({
  type: 'progress',
  receivedSample: decodedSample,
  decodedSample,
  committedSample: 0,
  finals: 0,
  marks: 0,
  lagSeconds: 0,
});

const nothingKept = () => {
  expect(harness.sessions.size).toBe(0);
  // A transcriber holds one slot while it waits for the next claim.
  expect(harness.transcriber.slots.used).toBe(1);
  expect(harness.bus.audio).toHaveProperty('size', 0);
  expect(harness.bus.claims).toHaveProperty('size.offers', 0);
  expect(harness.bus.events).toHaveProperty('size', 0);
};

describe('LiveSession', () => {
  it('says opened first, every final in order, and closed last, and leaves nothing behind', async () => {
    const { sessions, tenant, clock } = start();
    const session = await sessions.open({}, tenant);
    const listener = new Listener(session);
    await session.write(speech(2.5));
    session.end();
    await clock.advance(100);
    await listener.done;
    expect(listener.events[0]).toMatchObject({ type: 'opened', sessionId: session.sessionId, nextSample: 0 });
    expect(listener.texts).toEqual(['utterance 1.', 'utterance 2.', 'utterance 3.']);
    expect(listener.events.at(-1)).toEqual({ type: 'closed', reason: 'end_of_audio', audioSeconds: 2.5, finals: 3 });
    expect(listener.of('moved')).toEqual([]);
    nothingKept();
    expect(clock.pending).toBe(1); // the store's time to live
  });

  it('hands every sample on unchanged, whatever the chunks', async () => {
    const { sessions, tenant, clock } = start();
    const session = await sessions.open({}, tenant);
    const bytes = speech(1.3);
    for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7) % 4_001) {
      await session.write(bytes.subarray(at, at + size));
      await settleSome();
    }
    await clock.advance(25);
    expect(Buffer.from(Int16Array.from(heard(session.sessionId).samples).buffer).equals(bytes)).toBe(true);
  });

  it('sends a chunk shorter than 60 ms on after 20 ms without more audio', async () => {
    const { sessions, tenant, clock } = start();
    const session = await sessions.open({}, tenant);
    await session.write(speech(0.02));
    await clock.advance(19);
    expect(heard(session.sessionId).samplesHeard).toBe(0);
    await clock.advance(1);
    expect(heard(session.sessionId).samplesHeard).toBe(320);
  });

  it('lets a client of single samples wait no longer than 20 ms for its audio to go on', async () => {
    const { sessions, tenant, clock } = start();
    const session = await sessions.open({}, tenant);
    for (let ms = 0; ms < 40; ms += 5) {
      await session.write(speech(0.001));
      await clock.advance(5);
    }
    expect(heard(session.sessionId).samplesHeard).toBeGreaterThanOrEqual(64);
  });

  it('answers every finalize exactly once, after its text, also when the answer comes twice', async () => {
    const { sessions, tenant, clock } = start({ transcriber: { repeats: true } });
    const session = await sessions.open({}, tenant);
    const listener = new Listener(session);
    await session.write(speech(0.5));
    session.finalize('a');
    const chosen = session.finalize();
    await clock.advance(100);
    session.finalize('a');
    await clock.advance(100);
    const told = listener.events.filter(({ type }) => type === 'final' || type === 'flushed');
    expect(told.map((event) => (event.type === 'flushed' ? event.requestId : event.type))).toEqual([
      ...['final', 'a', chosen, 'a'],
    ]);
  });

  it('refuses a finalize whose id is still being answered, and goes on', async () => {
    const { sessions, tenant, clock, transcriber } = start();
    const session = await sessions.open({}, tenant);
    const listener = new Listener(session);
    transcriber.hold();
    session.finalize('a');
    expect(() => session.finalize('a')).toThrow(
      expect.objectContaining({ code: 'invalid_argument', recoverable: true }),
    );
    transcriber.proceed();
    await clock.advance(10);
    expect(listener.of('flushed')).toHaveLength(1);
  });

  it('reads finals that the feed lost from the store, before what tells of them', async () => {
    const { sessions, tenant, clock } = start({ transcriber: { loses: (sequence) => sequence !== 3 } });
    const session = await sessions.open({}, tenant);
    const listener = new Listener(session);
    for (let second = 0; second < 4; second++) await session.write(speech(1));
    await clock.advance(25);
    expect(listener.texts).toEqual([1, 2, 3, 4].map((n) => `utterance ${n}.`));
    const order = listener.events.findIndex((event) => event.type === 'progress' && event.finals === 4);
    expect(listener.events.findIndex((event) => event.type === 'final' && event.sequence === 4)).toBeLessThan(order);
  });

  it('reads lost finals also for a flush and for the close', async () => {
    const { sessions, tenant, clock } = start({ transcriber: { loses: () => true } });
    const session = await sessions.open({}, tenant);
    const listener = new Listener(session);
    await session.write(speech(0.5));
    session.finalize('a');
    await clock.advance(25);
    await session.write(speech(0.5));
    session.end();
    await clock.advance(25);
    const told = listener.events.filter(({ type }) => ['final', 'flushed', 'closed'].includes(type));
    expect(told.map(({ type }) => type)).toEqual(['final', 'flushed', 'final', 'closed']);
  });

  it('shows no partials to a client that wants none', async () => {
    const { sessions, tenant, clock } = start();
    const session = await sessions.open({ partial_results: false }, tenant);
    const listener = new Listener(session);
    await session.write(speech(1.5));
    await clock.advance(25);
    expect(listener.texts).toEqual(['utterance 1.']);
    expect(listener.of('partial')).toEqual([]);
  });

  it('refuses a chunk over the limit by name and goes on without it', async () => {
    const { sessions, tenant, clock } = start();
    const session = await sessions.open({}, tenant);
    await expect(session.write(Buffer.alloc(5 * 1024 * 1024))).rejects.toMatchObject({
      code: 'too_large',
      recoverable: true,
      message: expect.stringContaining('1048576'),
    });
    await session.write(speech(0.1));
    await clock.advance(25);
    expect(heard(session.sessionId).samplesHeard).toBe(1_600);
  });

  it('refuses floats that are no numbers, and keeps the time', async () => {
    const { sessions, tenant, clock } = start();
    const session = await sessions.open({ encoding: 'float32' }, tenant);
    const bad = Buffer.alloc(6_400);
    bad.writeFloatLE(Number.NaN, 400);
    await expect(session.write(bad)).rejects.toMatchObject({ code: 'invalid_argument', recoverable: true });
    await session.write(Buffer.alloc(6_400));
    await clock.advance(25);
    expect(heard(session.sessionId).samplesHeard).toBe(3_200);
  });

  it('makes nothing of empty chunks, however many', async () => {
    const { sessions, tenant, clock } = start();
    const session = await sessions.open({}, tenant);
    for (let i = 0; i < 10_000; i++) await session.write(Buffer.alloc(0));
    await clock.advance(25);
    expect(heard(session.sessionId).chunks).toEqual([]);
  });

  it('takes nothing after the end', async () => {
    const { sessions, tenant } = start();
    const session = await sessions.open({}, tenant);
    session.end();
    session.end();
    await expect(session.write(speech(0.1))).rejects.toMatchObject({ code: 'failed_precondition' });
    expect(() => session.finalize()).toThrow(expect.objectContaining({ code: 'failed_precondition' }));
  });
});

describe('flow control', () => {
  it('holds a client back while more than the buffer waits to be decoded, and loses nothing', async () => {
    const { sessions, tenant, transcriber, clock } = start({ limits: { bufferMaxSeconds: 1 } });
    const session = await sessions.open({}, tenant);
    transcriber.hold();
    await session.write(speech(0.9));
    let sent = false;
    const blocked = session.write(speech(3, 14_400)).then(() => {
      sent = true;
    });
    await clock.advance(1_000);
    expect(sent).toBe(false);
    transcriber.proceed();
    await blocked;
    session.end();
    await clock.advance(100);
    expect(heard(session.sessionId).samplesHeard).toBe(62_400);
    expect(heard(session.sessionId).chunks[0]!.firstSample).toBe(0);
  });

  it('keeps no more than the buffer in the audio log, so that its ring never overruns', async () => {
    const { sessions, tenant, transcriber, bus } = start({ limits: { bufferMaxSeconds: 1 } });
    const session = await sessions.open({}, tenant);
    transcriber.hold();
    void session.write(speech(30));
    await settle();
    expect(await bus.audio.head(session.sessionId)).toBe(16_000);
  });

  it('drops the oldest waiting audio of a live source, which never waits, and leaves a hole that readers see', async () => {
    const { sessions, tenant, transcriber, clock, metrics } = start({ limits: { bufferMaxSeconds: 1 } });
    const session = await sessions.open({ overflow: 'drop_oldest' }, tenant);
    const listener = new Listener(session);
    transcriber.hold();
    for (let tenth = 0; tenth < 50; tenth++) await session.write(speech(0.1, tenth * 1_600));
    await settle();
    expect(metrics.dropped).toBeCloseTo(3.5, 1);
    transcriber.proceed();
    await clock.advance(25);
    expect(listener.of('gap')).toEqual([{ type: 'gap', from: 16_000, to: 72_000, reason: 'overflow' }]);
    const { samples } = heard(session.sessionId);
    expect(samples.length).toBe(16_000 + 8_000);
    expect(samples.at(-1)).toBe((80_000 - 1) % 30_000);
  });

  it('does not call a client idle that it holds back itself', async () => {
    const { sessions, tenant, transcriber, clock } = start({ limits: { bufferMaxSeconds: 1, idleTimeoutMs: 10_000 } });
    const session = await sessions.open({}, tenant);
    transcriber.hold();
    void session.write(speech(5));
    for (let heartbeat = 0; heartbeat < 40; heartbeat++) {
      await transcriber.say(session.sessionId, progressAt(0));
      await clock.advance(1_500);
    }
    expect(session.state).toBe('attached');
  });
});

describe('the end of a session', () => {
  it('comes after too long without audio or keep-alive, with its last text', async () => {
    const { sessions, tenant, clock } = start({ limits: { idleTimeoutMs: 10_000 } });
    const session = await sessions.open({}, tenant);
    const listener = new Listener(session);
    await session.write(speech(0.5));
    await clock.advance(9_000);
    session.keepAlive();
    await clock.advance(9_000);
    expect(listener.of('closed')).toEqual([]);
    await clock.advance(1_100);
    expect(listener.texts).toEqual(['utterance 1.']);
    expect(listener.events.at(-1)).toMatchObject({ type: 'closed', reason: 'idle' });
    nothingKept();
  });

  it('comes at the limit of audio, named, with the text up to there', async () => {
    const { sessions, tenant, clock } = start({ limits: { maxDurationMs: 2_000 } });
    const session = await sessions.open({}, tenant);
    const listener = new Listener(session);
    await session.write(speech(3));
    await session.write(speech(1));
    await clock.advance(25);
    expect(listener.of('error')).toMatchObject([{ code: 'limit_exceeded', recoverable: false }]);
    expect(listener.events.at(-1)).toEqual({ type: 'closed', reason: 'limit', audioSeconds: 2, finals: 2 });
  });

  it('comes with the resume window for a client that does not come back', async () => {
    const { sessions, tenant, clock, store } = start({ limits: { resumeWindowMs: 30_000 } });
    const session = await sessions.open({}, tenant);
    await session.write(speech(0.5));
    session.disconnect();
    await clock.advance(29_999);
    expect(session.state).toBe('detached');
    await clock.advance(1);
    expect(heard(session.sessionId).marks).toEqual(['end:resume_window_expired']);
    expect(await store.get(session.sessionId)).toMatchObject({ status: 'closed', nextSequence: 2 });
    nothingKept();
  });

  it('erases a session at once, whoever holds it', async () => {
    const { sessions, tenant, store } = start();
    const session = await sessions.open({}, tenant);
    const listener = new Listener(session);
    await session.write(speech(1.5));
    await settle();
    await sessions.erase(session.sessionId, tenant);
    await settle();
    expect(listener.events.at(-1)).toMatchObject({ type: 'closed', reason: 'erased', audioSeconds: 1.5 });
    expect(await store.get(session.sessionId)).toBeNull();
    nothingKept();
  });

  it('drains: no new sessions, the last finals of the others, and nothing left', async () => {
    const { sessions, tenant, clock } = start();
    const live = await Promise.all([1, 2, 3].map(() => sessions.open({}, tenant)));
    const listeners = live.map((session) => new Listener(session));
    for (const session of live) await session.write(speech(0.7));
    const drained = sessions.drain(5_000);
    await expect(sessions.open({}, tenant)).rejects.toMatchObject({ code: 'unavailable' });
    await settle();
    expect(await drained).toBe(0);
    for (const listener of listeners) {
      expect(listener.texts).toEqual(['utterance 1.']);
      expect(listener.events.at(-1)).toMatchObject({ type: 'closed', reason: 'server_shutdown' });
    }
    expect(clock.pending).toBe(1);
  });

  it('waits no longer than its deadline for sessions that do not end', async () => {
    const { sessions, tenant, clock, transcriber } = start();
    const session = await sessions.open({}, tenant);
    transcriber.hold();
    await session.write(speech(0.1));
    const drained = sessions.drain(5_000);
    await clock.advance(5_000);
    expect(await drained).toBe(1);
  });
});

describe('a slow reader', () => {
  it('is detached after its limit of unread events, keeps the session, and can resume it', async () => {
    const { sessions, tenant, transcriber, metrics } = start({ limits: { maxUnreadEvents: 100 } });
    const session = await sessions.open({}, tenant);
    const suppressed: SessionEvent = { type: 'suppressed', start: 0, end: 1, reason: 'empty' };
    for (let i = 0; i < 150; i++) await transcriber.say(session.sessionId, suppressed);
    await settle();
    expect(session.state).toBe('detached');
    expect(session.lost.reason).toMatchObject({ code: 'slow_reader' });
    const late = new Listener(session);
    await late.done;
    expect(late.error).toMatchObject({ code: 'slow_reader' });
    expect(metrics.slow).toBe(1);
    const { sessionId, resumeToken } = session;
    const again = await sessions.resume({ sessionId, token: resumeToken, lastSequence: 0 }, tenant);
    expect(again.state).toBe('attached');
  });

  it('costs nothing for partials and progress, which give way to newer ones', async () => {
    const { sessions, tenant, clock } = start({ limits: { maxUnreadEvents: 5 } });
    const session = await sessions.open({}, tenant);
    for (let i = 0; i < 45; i++) {
      await session.write(speech(0.02));
      await clock.advance(25);
    }
    expect(session.state).toBe('attached');
  });
});

/** One turn of the event loop: enough for the scripted transcriber to keep up. */
const settleSome = () => new Promise((resolve) => setImmediate(resolve));
