import { describe, expect, it } from 'vitest';
import { createMemoryStores } from './memory/stores.ts';
import { timedStore } from './timed-store.ts';

describe('a timed store', () => {
  it('does what the store does, and tells of each call whether it succeeded', async () => {
    const calls: unknown[] = [];
    const store = timedStore(createMemoryStores().sessions, (operation, ms, succeeded) => {
      expect(ms).toBeGreaterThanOrEqual(0);
      calls.push([operation, succeeded]);
    });
    expect(await store.get('s-1')).toBeNull();
    await expect(store.claim('s-1', 'me')).rejects.toMatchObject({ code: 'session_not_found' });
    expect(calls).toEqual([
      ['get', true],
      ['claim', false],
    ]);
  });
});
