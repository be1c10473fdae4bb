import { settle } from '@verbatim/contracts/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { createHarness, Listener, type Parts, speech } from '../testing/session-harness.ts';
import type { LiveSession } from './live-session.ts';

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

const resume = (old: LiveSession, lastSequence: number) =>
  harness.sessions.resume({ sessionId: old.sessionId, token: old.resumeToken, lastSequence }, harness.tenant);

describe('opening', () => {
  it('is refused by name when no transcriber takes the session in time, and nothing of it is kept', async () => {
    const { sessions, tenant, clock, bus, store } = start({ transcriber: { slots: 1 } });
    await sessions.open({ session_id: 'first' }, tenant);
    const second = sessions.open({ session_id: 'second' }, tenant);
    second.catch(() => {});
    await settle();
    await clock.advance(1_000);
    await expect(second).rejects.toMatchObject({ code: 'no_capacity', retryAfterMs: 2_000 });
    expect(sessions.size).toBe(1);
    expect(store.size).toBe(1);
    expect(bus.claims).toHaveProperty('size.offers', 1);
  });

  it('gives 500 sessions that want 20 slots exactly 20, and refuses the others cleanly', async () => {
    const { sessions, tenant, clock, bus, store } = start({ transcriber: { slots: 20 } });
    const wishes = Array.from({ length: 500 }, () => sessions.open({}, tenant));
    const settled = Promise.allSettled(wishes);
    await settle();
    await clock.advance(1_000);
    const outcomes = await settled;
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
    expect(new Set(reasons)).toEqual(new Set(['no_capacity']));
    expect([sessions.size, store.size]).toEqual([20, 20]);
    expect(bus.claims).toHaveProperty('size.offers', 20);
    expect(bus.events).toHaveProperty('size', 40);
  });

  it('is given up when the client leaves while it waits', async () => {
    const { sessions, tenant, store, bus } = start({ transcriber: { slots: 0 } });
    const leaving = new AbortController();
    const opening = sessions.open({}, tenant, { signal: leaving.signal });
    opening.catch(() => {});
    await settle();
    leaving.abort();
    await expect(opening).rejects.toMatchObject({ code: 'unavailable' });
    expect([sessions.size, store.size]).toEqual([0, 0]);
    expect(bus.claims).toHaveProperty('size.offers', 0);
  });

  it('is refused for an id in use, and the one that has it goes on', async () => {
    const { sessions, tenant, clock } = start();
    const first = await sessions.open({ session_id: 'same' }, tenant);
    await expect(sessions.open({ session_id: 'same' }, tenant)).rejects.toMatchObject({ code: 'session_exists' });
    const listener = new Listener(first);
    await first.write(speech(1));
    await clock.advance(25);
    expect(listener.texts).toEqual(['utterance 1.']);
  });

  it('takes the id of a closed session only where that is asked for', async () => {
    const { sessions, tenant, clock, store } = start();
    const first = await sessions.open({ session_id: 'same' }, tenant);
    await first.write(speech(1));
    first.end();
    await clock.advance(25);
    await expect(sessions.open({ session_id: 'same' }, tenant)).rejects.toMatchObject({ code: 'session_exists' });
    await sessions.open({ session_id: 'same' }, tenant, { replaceClosed: true });
    expect(await store.finals('same', 0)).toEqual([]);
  });
});

describe('resuming', () => {
  it('says from where to send, repeats the finals the client lacks, and goes on without loss or double', async () => {
    const { sessions, tenant, clock, transcriber } = start();
    const first = await sessions.open({}, tenant);
    const listener = new Listener(first);
    await first.write(speech(2.5));
    await clock.advance(25);
    first.disconnect();
    await first.write(speech(9)).catch(() => {});
    await clock.advance(5_000);
    const second = await resume(first, 1);
    const rest = new Listener(second);
    expect(listener.texts).toEqual(['utterance 1.', 'utterance 2.']);
    await settle();
    expect(rest.events[0]).toMatchObject({ type: 'opened', nextSample: 40_000, resumeToken: first.resumeToken });
    expect(rest.texts).toEqual(['utterance 2.']);
    await second.write(speech(1.5, 24_000), 24_000);
    second.end();
    await clock.advance(25);
    expect(rest.texts).toEqual(['utterance 2.', 'utterance 3.']);
    expect(rest.events.at(-1)).toMatchObject({ type: 'closed', audioSeconds: 3, finals: 3 });
    const { samples } = transcriber.seen.get(first.sessionId)!;
    expect(samples).toEqual(Array.from({ length: 48_000 }, (_, i) => i % 30_000));
    expect(sessions.size).toBe(0);
  });

  it('takes the session from a connection that still has it, and tells that one', async () => {
    const { sessions, tenant, clock } = start();
    const first = await sessions.open({}, tenant);
    const listener = new Listener(first);
    await first.write(speech(0.03));
    const second = await resume(first, 0);
    await listener.done;
    expect(listener.error).toMatchObject({ code: 'session_exists', message: expect.stringContaining('resumed') });
    await expect(first.write(speech(1))).rejects.toMatchObject({ code: 'session_exists' });
    await clock.advance(40_000);
    expect(second.state).not.toBe('gone');
    expect(sessions.size).toBe(1);
  });

  it('repeats the finals of a closed session, and its close', async () => {
    const { sessions, tenant, clock } = start();
    const first = await sessions.open({}, tenant);
    await first.write(speech(2));
    first.end();
    await clock.advance(25);
    const again = new Listener(await resume(first, 1));
    await again.done;
    expect(again.events.map(({ type }) => type)).toEqual(['opened', 'final', 'closed']);
    expect(again.events.at(-1)).toEqual({ type: 'closed', reason: 'end_of_audio', audioSeconds: 2, finals: 2 });
    expect(sessions.size).toBe(0);
  });

  it('delivers a flush that was answered while nobody was there', async () => {
    const { sessions, tenant, clock, transcriber } = start();
    const first = await sessions.open({}, tenant);
    await first.write(speech(0.5));
    transcriber.hold();
    first.finalize('mine');
    first.disconnect();
    transcriber.proceed();
    await clock.advance(1_000);
    const second = await resume(first, 0);
    const listener = new Listener(second);
    await settle();
    expect(listener.events.map(({ type }) => type)).toEqual(['opened', 'final', 'flushed']);
    second.finalize('mine');
    await clock.advance(25);
    expect(listener.of('flushed')).toHaveLength(2);
  });

  it('delivers a flush that waited unread when the connection was lost, and no flush twice', async () => {
    const { sessions, tenant, clock } = start();
    const first = await sessions.open({}, tenant);
    first.finalize('unread');
    await clock.advance(25);
    first.disconnect();
    const second = await resume(first, 0);
    const listener = new Listener(second);
    await settle();
    expect(listener.of('flushed')).toMatchObject([{ requestId: 'unread' }]);
    second.disconnect();
    const third = new Listener(await resume(first, 0));
    await settle();
    expect(third.of('flushed')).toEqual([]);
    expect(sessions.size).toBe(1);
  });

  it('counts all audio that was taken before the connection was lost, also a short rest', async () => {
    const { sessions, tenant } = start();
    const first = await sessions.open({}, tenant);
    await first.write(speech(0.01));
    first.disconnect();
    await settle();
    const listener = new Listener(await resume(first, 0));
    await settle();
    expect(listener.of('opened')).toMatchObject([{ nextSample: 160 }]);
  });

  it('keeps the format that the session was opened with, but for what the client names', async () => {
    const { sessions, tenant, clock, transcriber } = start();
    const first = await sessions.open({ encoding: 'mulaw', sample_rate_hertz: 8_000 }, tenant);
    const request = { sessionId: first.sessionId, token: first.resumeToken, lastSequence: 0 };
    const second = await sessions.resume({ ...request, format: { channelCount: 2 } }, tenant);
    await second.write(Buffer.alloc(16_000));
    second.end();
    await clock.advance(25);
    expect(transcriber.seen.get(first.sessionId)!.samplesHeard).toBe(16_000);
  });

  it('lets a door go that was held back when its client left', async () => {
    const { sessions, tenant, transcriber } = start({ limits: { bufferMaxSeconds: 1 } });
    const first = await sessions.open({}, tenant);
    transcriber.hold();
    const held = first.write(speech(5));
    await settle();
    first.disconnect();
    await held;
    expect(first.state).toBe('detached');
  });

  it.each([
    ['an unknown session', { sessionId: 'nobody' }, 'session_not_found'],
    ['a wrong token', { token: 'guess' }, 'resume_rejected'],
    ['an empty token', { token: '' }, 'resume_rejected'],
    ['a final that does not exist', { lastSequence: 7 }, 'invalid_argument'],
    ['a final before the first', { lastSequence: -1 }, 'invalid_argument'],
  ])('refuses %s and leaves the session alone', async (_name, wrong, code) => {
    const { sessions, tenant } = start();
    const first = await sessions.open({}, tenant);
    const request = { sessionId: first.sessionId, token: first.resumeToken, lastSequence: 0, ...wrong };
    await expect(sessions.resume(request, tenant)).rejects.toMatchObject({ code });
    expect(first.state).toBe('attached');
  });

  it('hides the sessions of other tenants', async () => {
    const { sessions, tenant } = start();
    const { sessionId, resumeToken } = await sessions.open({}, tenant);
    const stranger = { tenant: 'other' };
    const request = { sessionId, token: resumeToken, lastSequence: 0 };
    await expect(sessions.resume(request, stranger)).rejects.toMatchObject({ code: 'session_not_found' });
    await expect(sessions.erase(sessionId, stranger)).rejects.toMatchObject({ code: 'session_not_found' });
    expect(await sessions.resumeDetached(sessionId, stranger)).toBeNull();
  });

  it('works without a token only while no connection has the session, from the last final shown', async () => {
    const { sessions, tenant, clock } = start();
    const first = await sessions.open({ session_id: 'mine' }, tenant);
    expect(await sessions.resumeDetached('mine', tenant)).toBeNull();
    const listener = new Listener(first);
    await first.write(speech(1));
    await clock.advance(25);
    first.disconnect();
    await first.write(speech(1)).catch(() => {});
    const second = await sessions.resumeDetached('mine', tenant);
    const rest = new Listener(second!);
    await second!.write(speech(1, 16_000));
    await clock.advance(25);
    expect(listener.texts).toEqual(['utterance 1.']);
    expect(rest.texts).toEqual(['utterance 2.']);
  });

  it('shows a takeover by another transcriber, but not the first claim', async () => {
    const { sessions, tenant, transcriber } = start();
    const listener = new Listener(await sessions.open({ session_id: 'mine' }, tenant));
    for (const epoch of [1, 2]) await transcriber.say('mine', { type: 'moved', epoch });
    await settle();
    expect(listener.of('moved')).toEqual([{ type: 'moved', epoch: 2 }]);
  });
});
