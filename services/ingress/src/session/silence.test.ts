import { settle } from '@verbatim/contracts/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
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

const marksOf = (sessionId: string) => harness.transcriber.seen.get(sessionId)!.marks;

describe('a client that pauses', () => {
  it('has its text final after the silence threshold and half a second, once for each pause', async () => {
    const { sessions, tenant, clock } = start();
    const session = await sessions.open({ silence_ms: 700 }, tenant);
    const listener = new Listener(session);
    await clock.advance(3_000);
    await session.write(speech(0.3));
    await settle();
    await clock.advance(1_150);
    expect(marksOf(session.sessionId)).toEqual([]);
    await clock.advance(100);
    expect(listener.of('final')).toMatchObject([{ text: 'utterance 1.', reason: 'idle' }]);
    await clock.advance(3_000);
    await session.write(speech(0.3, 4_800));
    await clock.advance(3_000);
    expect(marksOf(session.sessionId)).toEqual(['idle', 'idle']);
    expect(listener.texts).toEqual(['utterance 1.', 'utterance 2.']);
  });

  it('is not taken to pause while it sends, is held back, or has lost its connection', async () => {
    const { sessions, tenant, clock, transcriber } = start({ limits: { bufferMaxSeconds: 1 } });
    const session = await sessions.open({}, tenant);
    for (let at = 0; at < 30; at++) {
      await session.write(speech(0.1, at * 1_600));
      await clock.advance(900);
    }
    transcriber.hold();
    void session.write(speech(4));
    await clock.advance(10_000);
    transcriber.proceed();
    await settle();
    session.disconnect();
    await clock.advance(10_000);
    expect(marksOf(session.sessionId)).toEqual([]);
  });
});

describe('a session whose transcriber says nothing', () => {
  it('is offered again soon when audio waits, later when none does, and not while the transcriber speaks', async () => {
    const { sessions, tenant, clock, bus, transcriber } = start();
    const offer = vi.spyOn(bus.claims, 'offer');
    const session = await sessions.open({}, tenant);
    offer.mockClear();
    await clock.advance(3_900);
    expect(offer).not.toHaveBeenCalled();
    await clock.advance(700);
    expect(offer).toHaveBeenCalledWith(session.spec, undefined);
    offer.mockClear();
    transcriber.hold();
    await session.write(speech(0.1));
    await clock.advance(450);
    expect(offer).not.toHaveBeenCalled();
    await clock.advance(400);
    expect(offer).toHaveBeenCalledTimes(1);
  });

  it('is not looked after for what is left of a window of the voice detector', async () => {
    const { sessions, tenant, clock, bus, store, transcriber } = start();
    const session = await sessions.open({}, tenant);
    transcriber.hold();
    await session.write(speech(1));
    const offer = vi.spyOn(bus.claims, 'offer');
    const get = vi.spyOn(store, 'get');
    for (let heartbeat = 0; heartbeat < 20; heartbeat++) {
      await transcriber.say(session.sessionId, {
        type: 'progress',
        receivedSample: 16_000,
        decodedSample: 15_872,
        committedSample: 15_872,
        finals: 0,
        marks: 1,
        lagSeconds: 0,
      });
      await clock.advance(1_500);
    }
    expect([offer.mock.calls.length, session.state]).toEqual([0, 'attached']);
    // The one look is the fence of the pause's mark.
    expect(get.mock.calls.length).toBe(1);
  });

  it('ends when it has closed and nobody heard it', async () => {
    const { sessions, tenant, clock, store, transcriber } = start();
    const session = await sessions.open({}, tenant);
    const listener = new Listener(session);
    transcriber.hold();
    session.end();
    await settle();
    await store.close(session.sessionId, 'end_of_audio');
    await clock.advance(2_000);
    await listener.done;
    expect(listener.of('closed')).toMatchObject([{ reason: 'end_of_audio', finals: 0 }]);
    expect(sessions.size).toBe(0);
  });

  it('says that it is forgotten when its record is gone', async () => {
    const { sessions, tenant, clock, store } = start();
    const session = await sessions.open({}, tenant);
    const listener = new Listener(session);
    await store.erase(session.sessionId);
    await clock.advance(5_000);
    await listener.done;
    expect(listener.error).toMatchObject({ code: 'session_not_found' });
    expect(sessions.size).toBe(0);
  });

  it('loses its connection, and can be resumed, when it waits for more than fifteen seconds', async () => {
    const { sessions, tenant, clock, transcriber, deps } = start();
    const session = await sessions.open({}, tenant);
    const listener = new Listener(session);
    transcriber.hold();
    await session.write(speech(0.1));
    await clock.advance(14_000);
    expect(session.state).toBe('attached');
    const warn = vi.spyOn(deps.log, 'warn');
    await clock.advance(2_000);
    await listener.done;
    await clock.advance(10_000);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(listener.error).toMatchObject({ code: 'unavailable', retryAfterMs: 1_000 });
    const { sessionId, resumeToken: token } = session;
    const resumed = new Listener(await sessions.resume({ sessionId, token, lastSequence: 0 }, tenant));
    transcriber.proceed();
    await settle();
    expect(resumed.of('opened')).toMatchObject([{ nextSample: 1_600 }]);
  });

  it('answers a finalize whose answer was lost', async () => {
    const { sessions, tenant } = start({ transcriber: { losesFlushes: true } });
    const session = await sessions.open({}, tenant);
    const listener = new Listener(session);
    await session.write(speech(0.5));
    session.finalize('a');
    await settle();
    const told = listener.events.filter(({ type }) => type === 'final' || type === 'flushed');
    expect(told).toMatchObject([{ type: 'final' }, { type: 'flushed', requestId: 'a' }]);
  });
});
