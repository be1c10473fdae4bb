import { ManualClock } from '@verbatim/contracts/testing';
import { describe, expect, it } from 'vitest';
import { iterate, specOf, take } from '../contract/bus-under-test.ts';
import { SESSIONS } from '../queue-kind.ts';
import { SlotPool } from '../slot-pool.ts';
import { MemoryAudioLog } from './audio-log.ts';
import { MemoryClaimQueue } from './claim-queue.ts';
import { MemoryDoors } from './doors.ts';
import { MemoryEventFeed } from './event-feed.ts';
import { MemoryNotices } from './notices.ts';

describe('the memory bus keeps nothing of', () => {
  it('erased audio, and of readers that came and went without audio', async () => {
    const log = new MemoryAudioLog(16_000);
    const stop = new AbortController();
    const erased = iterate(log.read('erased', 0, stop.signal)).next();
    const aborted = iterate(log.read('aborted', 0, stop.signal)).next();
    await log.append('written', 0, Int16Array.of(1));
    await log.mark('marked', { type: 'finalize', requestId: 'a' });
    expect(log.size).toBe(4);
    await log.erase('erased');
    await log.erase('written');
    await log.erase('marked');
    stop.abort();
    await Promise.all([erased, aborted]);
    expect(log.size).toBe(0);
  });

  it('empty appends', async () => {
    const log = new MemoryAudioLog(16_000);
    for (let i = 0; i < 10; i++) await log.append(`s${i}`, 0, new Int16Array(0));
    expect(log.size).toBe(0);
  });

  it('an erased session whose id is in use again, when an old reader of it leaves', async () => {
    const log = new MemoryAudioLog(16_000);
    const stop = new AbortController();
    const old = iterate(log.read('s', 0, stop.signal)).next();
    const erased = log.erase('s');
    const fresh = iterate(log.read('s', 0, stop.signal)).next();
    await Promise.all([erased, old]);
    await log.append('s', 0, Int16Array.of(5));
    expect((await fresh).value).toMatchObject({ firstSample: 0 });
  });

  it('claims that are done, withdrawn or never taken', async () => {
    const clock = new ManualClock();
    const claims = new MemoryClaimQueue(SESSIONS, { clock, ackWaitMs: 1_000 });
    const stop = new AbortController();
    const taker = iterate(claims.take('m', new SlotPool(9), stop.signal));
    for (const id of ['done', 'withdrawn']) await claims.offer(specOf(id, 'm'));
    const [done] = await take(taker, 2);
    await claims.offer(specOf('queued', 'm'));
    await done?.done();
    await claims.withdraw('withdrawn');
    await claims.withdraw('queued');
    expect(claims.size).toEqual({ offers: 0, lanes: 0 });
    const waiting = taker.next();
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(claims.size).toEqual({ offers: 0, lanes: 1 });
    stop.abort();
    await waiting;
    expect(claims.size).toEqual({ offers: 0, lanes: 0 });
    expect(clock.pending).toBe(0);
  });

  it('a claim that arrives as its taker stops: it is offered to the next', async () => {
    const clock = new ManualClock();
    const claims = new MemoryClaimQueue(SESSIONS, { clock, ackWaitMs: 1_000 });
    const stop = new AbortController();
    const slots = new SlotPool(1);
    const waiting = iterate(claims.take('m', slots, stop.signal)).next();
    await new Promise<void>((resolve) => setImmediate(resolve));
    void claims.offer(specOf('s', 'm'));
    stop.abort();
    expect((await waiting).done).toBe(true);
    expect(slots.used).toBe(0);
    expect(await claims.depth('m')).toEqual({ queued: 1, active: 0 });
    expect(clock.pending).toBe(0);
  });

  it('a claim that is withdrawn on its way to a taker: the taker gets the next one', async () => {
    const clock = new ManualClock();
    const claims = new MemoryClaimQueue(SESSIONS, { clock, ackWaitMs: 1_000 });
    const slots = new SlotPool(1);
    const waiting = iterate(claims.take('m', slots, new AbortController().signal)).next();
    await new Promise<void>((resolve) => setImmediate(resolve));
    const calls = [claims.offer(specOf('gone', 'm')), claims.withdraw('gone'), claims.offer(specOf('here', 'm'))];
    await Promise.all(calls);
    expect((await waiting).value).toMatchObject({ spec: { sessionId: 'here' }, lost: { aborted: false } });
    expect(slots.used).toBe(1);
    expect(clock.pending).toBe(1);
  });

  it('doors that stopped serving and calls that were answered', async () => {
    const clock = new ManualClock();
    const doors = new MemoryDoors(clock);
    const stop = new AbortController();
    await doors.serve('s', async () => ({ type: 'noted' }), stop.signal);
    await doors.serve('s', () => new Promise(() => {}), stop.signal);
    expect(await doors.call('s', { type: 'erased' })).toEqual({ type: 'noted' });
    expect(doors.size).toBe(2);
    stop.abort();
    await doors.serve('s', async () => ({ type: 'noted' }), stop.signal);
    expect(doors.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('aborted subscriptions', async () => {
    const feed = new MemoryEventFeed();
    const stop = new AbortController();
    await feed.subscribe('s', stop.signal);
    await feed.subscribe('s', stop.signal);
    await feed.subscribeControl('s', stop.signal);
    expect(feed.size).toBe(3);
    stop.abort();
    await feed.subscribe('s', stop.signal);
    expect(feed.size).toBe(0);
  });

  it('those who stopped listening for notices', async () => {
    const notices = new MemoryNotices();
    const stop = new AbortController();
    await notices.listen('j', stop.signal);
    expect(notices.size).toBe(1);
    stop.abort();
    await notices.listen('j', stop.signal);
    expect(notices.size).toBe(0);
  });
});
