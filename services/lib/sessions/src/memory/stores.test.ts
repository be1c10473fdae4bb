import { ManualClock } from '@verbatim/contracts/testing';
import { describe, expect, it } from 'vitest';
import { COMPLETED, jobSpecOf } from '../contract/job-store-under-test.ts';
import { specOf } from '../contract/store-under-test.ts';
import { createMemoryStores } from './stores.ts';

describe('the memory stores', () => {
  it('keep no timer and no record once they are disposed', async () => {
    const clock = new ManualClock();
    const stores = createMemoryStores({ clock });
    const { sessions, jobs } = stores;
    await sessions.open(specOf('s', 'default'), 'hash');
    for (const id of ['a', 'b']) await jobs.open(jobSpecOf(id, 'default'));
    await jobs.claim('a', 'owner');
    await jobs.finish('a', 1, COMPLETED);
    for (const key of ['a', 'b']) await jobs.reserveKey('default', key, 'holder');
    await jobs.settleKey('default', 'a', 'holder', 'a', 'print');
    expect([sessions.size, jobs.size]).toEqual([1, 2]);
    await stores[Symbol.asyncDispose]();
    expect([sessions.size, jobs.size, clock.pending]).toEqual([0, 0, 0]);
    expect(await jobs.reserveKey('default', 'a', 'other')).toEqual({ state: 'reserved' });
  });

  it('keep sessions and finished jobs for an hour, unfinished jobs and settled keys for a day', async () => {
    const clock = new ManualClock();
    const { sessions, jobs } = createMemoryStores({ clock });
    await sessions.open(specOf('s', 'default'), 'hash');
    for (const id of ['done', 'queued']) await jobs.open(jobSpecOf(id, 'default'));
    await jobs.cancel('done');
    for (const key of ['used', 'reserved']) await jobs.reserveKey('default', key, 'holder');
    await jobs.settleKey('default', 'used', 'holder', 'done', 'print');
    const left = async () => [sessions.size, jobs.size, (await jobs.reserveKey('default', 'reserved', 'other')).state];
    await clock.advance(3_599_000);
    expect(await left()).toEqual([1, 2, 'busy']);
    await clock.advance(1_000);
    expect(await left()).toEqual([0, 1, 'reserved']);
    await clock.advance(82_799_000);
    expect(jobs.size).toBe(1);
    expect((await jobs.reserveKey('default', 'used', 'other')).state).toBe('used');
    await clock.advance(1_000);
    expect(jobs.size).toBe(0);
    expect((await jobs.reserveKey('default', 'used', 'other')).state).toBe('reserved');
  });
});
