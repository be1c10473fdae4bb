import { SttError } from '@verbatim/contracts';
import { describe, expect, it } from 'vitest';
import { createMemoryStores } from './memory/stores.ts';
import { timedStore } from './timed-store.ts';

describe('a timed store', () => {
  it('does what the store does, and takes what it says of a session for an answer', async () => {
    const calls: unknown[] = [];
    const store = timedStore(createMemoryStores().sessions, (operation, ms, succeeded) => {
      expect(ms).toBeGreaterThanOrEqual(0);
      calls.push([operation, succeeded]);
    });
    expect(await store.get('s-1')).toBeNull();
    await expect(store.claim('s-1', 'me')).rejects.toMatchObject({ code: 'session_not_found' });
    expect(calls).toEqual([
      ['get', true],
      ['claim', true],
    ]);
  });

  it('tells of calls that the store could not serve', async () => {
    const calls: unknown[] = [];
    const away = { touch: async () => Promise.reject(new SttError('unavailable', 'Redis is away.')) };
    const broken = { touch: async () => Promise.reject(new TypeError('a defect')) };
    for (const store of [away, broken]) {
      const timed = timedStore(store, (operation, _ms, succeeded) => calls.push([operation, succeeded]));
      await expect(timed.touch()).rejects.toThrow();
    }
    expect(calls).toEqual([
      ['touch', false],
      ['touch', false],
    ]);
  });
});
