import type { SessionSpec } from '@verbatim/contracts';
import { ManualClock } from '@verbatim/contracts/testing';
import { describe, expect, it } from 'vitest';
import { sessionStoreContract } from '../contract/session-store-contract.ts';
import { createMemoryStores } from './stores.ts';

const specOf = (sessionId: string): SessionSpec => ({
  sessionId,
  tenant: 'default',
  kind: 'live',
  model: 'm',
  encoding: 'linear16',
  sampleRateHertz: 16_000,
  channelCount: 1,
  language: 'en',
  task: 'transcribe',
  partialResults: true,
  silenceMs: 500,
  maxUtteranceMs: 15_000,
  prompt: '',
  overflow: 'block',
});

describe('the memory session store', () => {
  sessionStoreContract(async () => {
    const clock = new ManualClock();
    const { sessions: store } = createMemoryStores({ clock, ttlSeconds: 60 });
    return {
      store,
      ttlSeconds: 60,
      advance: (ms) => clock.advance(ms),
      dispose: async () => store.clear(),
    };
  });

  it('lets go of expired sessions by itself, with one timer for all of them', async () => {
    const clock = new ManualClock();
    const { sessions: store } = createMemoryStores({ clock, ttlSeconds: 10 });
    for (let i = 0; i < 5; i++) {
      await store.open(specOf(`s${i}`), 'hash');
      await clock.advance(1_000);
    }
    expect(clock.pending).toBe(1);
    await store.touch('s0');
    await clock.advance(7_000);
    expect(store.size).toBe(3);
    await clock.advance(3_000);
    expect(store.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('keeps no timer and no session once it is erased or cleared', async () => {
    const clock = new ManualClock();
    const { sessions: store } = createMemoryStores({ clock });
    await store.open(specOf('a'), 'hash');
    await store.erase('a');
    expect([store.size, clock.pending]).toEqual([0, 0]);
    await store.open(specOf('b'), 'hash');
    store.clear();
    expect([store.size, clock.pending]).toEqual([0, 0]);
  });

  it('forgets an expired session even when its timer is late', async () => {
    const clock = new ManualClock();
    const late = { now: () => clock.now(), wall: () => clock.wall(), after: () => () => {} };
    const { sessions: store } = createMemoryStores({ clock: late, ttlSeconds: 10 });
    await store.open(specOf('a'), 'hash');
    await clock.advance(10_000);
    expect(await store.get('a')).toBeNull();
    expect(store.size).toBe(0);
    await store.open(specOf('a'), 'again');
    expect((await store.list('default', { limit: 5, after: null })).sessions).toHaveLength(1);
  });
});
