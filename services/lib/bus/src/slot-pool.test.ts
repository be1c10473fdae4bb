import { describe, expect, it } from 'vitest';
import { SlotPool } from './slot-pool.ts';

const live = () => new AbortController().signal;
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The order in which acquisitions come through. */
const acquireAll = (pool: SlotPool, names: readonly string[]): string[] => {
  const granted: string[] = [];
  for (const name of names) void pool.acquire(live()).then(() => granted.push(name));
  return granted;
};

describe('a slot pool', () => {
  it('gives slots while there are some and counts them', async () => {
    const pool = new SlotPool(2);
    await pool.acquire(live());
    expect([pool.size, pool.used, pool.free]).toEqual([2, 1, 1]);
    await pool.acquire(live());
    expect([pool.size, pool.used, pool.free]).toEqual([2, 2, 0]);
  });

  it('makes the others wait and serves them in their order', async () => {
    const pool = new SlotPool(1);
    const granted = acquireAll(pool, ['a', 'b', 'c']);
    await settled();
    expect(granted).toEqual(['a']);
    pool.release();
    await settled();
    expect(granted).toEqual(['a', 'b']);
    pool.release();
    await settled();
    expect(granted).toEqual(['a', 'b', 'c']);
    expect(pool.used).toBe(1);
  });

  it('serves who waits when it grows', async () => {
    const pool = new SlotPool(0);
    const granted = acquireAll(pool, ['a', 'b', 'c']);
    pool.resize(2);
    await settled();
    expect(granted).toEqual(['a', 'b']);
  });

  it('takes nothing away when it shrinks: slots go as they come back', async () => {
    const pool = new SlotPool(2);
    const granted = acquireAll(pool, ['a', 'b', 'c']);
    pool.resize(1);
    expect([pool.used, pool.free]).toEqual([2, 0]);
    pool.release();
    await settled();
    expect(granted).toEqual(['a', 'b']);
    pool.release();
    await settled();
    expect(granted).toEqual(['a', 'b', 'c']);
  });

  it("rejects with the signal's reason, before and while waiting, and takes no slot for it", async () => {
    const pool = new SlotPool(1);
    await expect(pool.acquire(AbortSignal.abort(new Error('never')))).rejects.toThrow('never');
    await pool.acquire(live());
    const stop = new AbortController();
    const waiting = pool.acquire(stop.signal);
    const granted = acquireAll(pool, ['behind']);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    pool.release();
    await settled();
    expect(granted).toEqual(['behind']);
    expect(pool.used).toBe(1);
  });

  it('keeps a slot that was granted before the signal aborted', async () => {
    const pool = new SlotPool(1);
    const stop = new AbortController();
    await pool.acquire(stop.signal);
    stop.abort();
    expect(pool.used).toBe(1);
  });

  it('refuses to take back a slot that nobody held', () => {
    expect(() => new SlotPool(1).release()).toThrow('nobody held');
  });
});
