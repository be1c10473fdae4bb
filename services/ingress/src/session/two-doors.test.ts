import { settle } from '@verbatim/contracts/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { createHarness, Listener, type Parts, speech } from '../testing/session-harness.ts';
import type { LiveSession } from './live-session.ts';
import { LiveSessions } from './live-sessions.ts';

let harness: ReturnType<typeof createHarness>;
let other: LiveSessions;

/** Two ingresses over one bus and one store. */
const start = (parts?: Parts) => {
  harness = createHarness(parts);
  other = new LiveSessions({ ...harness.deps, onDrain: 'hand_over' });
  return { ...harness, here: new LiveSessions({ ...harness.deps, onDrain: 'hand_over' }), there: other };
};

afterEach(async () => {
  harness.transcriber.stop();
  harness.sessions.abandon();
  other.abandon();
  await harness.bus[Symbol.asyncDispose]();
});

const resume = (sessions: LiveSessions, { sessionId, resumeToken }: LiveSession, lastSequence = 0) =>
  sessions.resume({ sessionId, token: resumeToken, lastSequence }, harness.tenant);

describe('a session that moves to another ingress', () => {
  it('is taken from its connection, which hears why, and goes on without a hole', async () => {
    const { here, there, tenant } = start();
    const first = await here.open({}, tenant);
    const listener = new Listener(first);
    await first.write(speech(1.5));
    await settle();
    const second = await resume(there, first, 1);
    const later = new Listener(second);
    await listener.done;
    expect(listener.error).toMatchObject({ code: 'session_exists' });
    expect([here.size, there.size]).toEqual([0, 1]);
    await settle();
    expect(later.of('opened')).toMatchObject([{ nextSample: 24_000 }]);
    await second.write(speech(0.5, 24_000));
    second.end();
    await settle();
    expect(later.texts).toEqual(['utterance 2.']);
    expect(later.of('closed')).toMatchObject([{ reason: 'end_of_audio', audioSeconds: 2 }]);
  });

  it('takes requests that wait for their answer with it, and answers none twice', async () => {
    const { here, there, tenant, transcriber } = start();
    const first = await here.open({}, tenant);
    const heard = new Listener(first);
    first.finalize('a');
    await settle();
    transcriber.hold();
    first.finalize('b');
    await settle();
    const listener = new Listener(await resume(there, first));
    transcriber.proceed();
    await settle();
    expect(heard.of('flushed')).toMatchObject([{ requestId: 'a' }]);
    expect(listener.of('flushed')).toMatchObject([{ requestId: 'b' }]);
  });

  it('is resumed by its id alone only while no connection has it, behind the last final that was read', async () => {
    const { here, there, tenant } = start();
    const first = await here.open({ session_id: 'plain' }, tenant);
    const heard = new Listener(first);
    await first.write(speech(1.2));
    await settle();
    expect(await there.resumeDetached('plain', tenant)).toBeNull();
    expect(await there.resumeDetached('unknown', tenant)).toBeNull();
    expect(first.state).toBe('attached');
    first.disconnect();
    expect(heard.texts).toEqual(['utterance 1.']);
    const second = await there.resumeDetached('plain', tenant);
    const listener = new Listener(second!);
    await second!.write(speech(0.8, 19_200));
    await settle();
    expect(listener.texts).toEqual(['utterance 2.']);
    expect(second!.resumeToken).toBe(first.resumeToken);
  });

  it('is resumed by its id alone from its first final on when its ingress died with its connection', async () => {
    const { here, there, tenant } = start();
    const first = await here.open({ session_id: 'plain' }, tenant);
    await first.write(speech(1.2));
    await settle();
    here.abandon();
    const second = await there.resumeDetached('plain', tenant);
    const listener = new Listener(second!);
    await settle();
    expect(listener.texts).toEqual(['utterance 1.']);
    expect(second!.resumeToken).not.toBe(first.resumeToken);
  });

  it('is not taken by its id alone while its door still waits for a transcriber', async () => {
    const { here, there, tenant, transcriber, clock } = start({ transcriber: { slots: 0 } });
    const opening = here.open({ session_id: 'plain' }, tenant);
    opening.catch(() => {});
    await settle();
    expect(await there.resumeDetached('plain', tenant)).toBeNull();
    transcriber.slots.resize(1);
    await clock.advance(10);
    expect((await opening).state).toBe('attached');
  });

  it('is not erased by the door that gave up opening it once another one has it', async () => {
    const { here, there, tenant, store, clock } = start({ transcriber: { slots: 0 } });
    const opening = here.open({ session_id: 'plain' }, tenant);
    opening.catch(() => {});
    await settle();
    await store.attach('plain', 'another');
    await clock.advance(5_000);
    await expect(opening).rejects.toMatchObject({ code: 'no_capacity' });
    expect(await store.get('plain')).toMatchObject({ status: 'open' });
    expect(there.size).toBe(0);
  });

  it('is erased wherever it is', async () => {
    const { here, there, tenant } = start();
    const listener = new Listener(await here.open({ session_id: 'mine' }, tenant));
    await there.erase('mine', tenant);
    await listener.done;
    expect(listener.of('closed')).toMatchObject([{ reason: 'erased' }]);
    expect(here.size).toBe(0);
  });

  it('can not be ended by a door that lost it while it stood still', async () => {
    const { here, there, tenant, store, clock, transcriber } = start({ limits: { resumeWindowMs: 1_000 } });
    const first = await here.open({}, tenant);
    first.disconnect();
    // As if its process had stood still while another door took the session: it was not asked.
    await store.attach(first.sessionId, 'another');
    await clock.advance(2_000);
    expect(transcriber.seen.get(first.sessionId)?.marks).toEqual([]);
    expect(here.size).toBe(0);
    const listener = new Listener(await resume(there, first));
    await settle();
    expect(listener.of('closed')).toEqual([]);
  });
});

describe('an ingress that stops while others go on', () => {
  it('tells its clients to resume elsewhere, hands their sessions over and ends none', async () => {
    const { here, there, tenant, clock } = start();
    const session = await here.open({}, tenant);
    const listener = new Listener(session);
    await session.write(speech(0.53));
    const drained = here.drain(5_000);
    await listener.done;
    expect(listener.error).toMatchObject({ code: 'unavailable', retryAfterMs: 100 });
    await settle();
    const resumed = await resume(there, session);
    const later = new Listener(resumed);
    expect(await drained).toBe(0);
    await settle();
    expect(later.of('opened')).toMatchObject([{ nextSample: 8_480 }]);
    resumed.end();
    await clock.advance(100);
    expect(later.texts).toEqual(['utterance 1.']);
    await expect(here.open({}, tenant)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('waits no longer than its deadline for sessions that nobody takes', async () => {
    const { here, tenant, clock } = start();
    await here.open({}, tenant);
    const drained = here.drain(5_000);
    await clock.advance(5_000);
    expect(await drained).toBe(1);
  });
});
