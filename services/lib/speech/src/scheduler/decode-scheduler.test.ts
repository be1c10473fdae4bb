import { ManualClock } from '@verbatim/contracts/testing';
import { describe, expect, it } from 'vitest';
import type { DecodeResult } from '../engines/engine.ts';
import { type DecodePool, type DecodeWork, isAborted } from './decode-pool.ts';
import { type DecodeOrder, DecodeScheduler } from './decode-scheduler.ts';

/** A pool whose batches end when the test says so; a decode's text is the value of its first sample. */
class HeldPool implements DecodePool {
  readonly size: number;
  readonly alive = 1;
  readonly batches: {
    readonly firsts: number[];
    readonly work: readonly DecodeWork[];
    finish(suspects?: number[]): void;
    fail(): void;
  }[] = [];

  constructor(size: number) {
    this.size = size;
  }

  decode(batch: readonly DecodeWork[]): Promise<DecodeResult[]> {
    return new Promise((resolve, reject) => {
      const firsts = batch.map(({ pcm16 }) => pcm16[0]!);
      this.batches.push({
        firsts,
        work: batch,
        finish: (suspects = []) =>
          resolve(
            firsts.map((first) => ({ ...result(String(first)), ...(suspects.includes(first) && { suspect: true }) })),
          ),
        fail: () => reject(new Error('engine failed')),
      });
    });
  }

  async close(): Promise<void> {}
}

const result = (text: string): DecodeResult => ({
  text,
  tokens: new Int32Array(),
  logProbabilities: new Float32Array(),
  language: 'en',
  truncated: false,
});

const order = (value: number, over: Partial<DecodeOrder> = {}): DecodeOrder => ({
  sessionId: `s${value}`,
  kind: 'final',
  pcm16: Int16Array.of(value),
  draft: undefined,
  ...over,
});

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

const start = (workers = 1) => {
  const pool = new HeldPool(workers);
  const clock = new ManualClock();
  return { pool, clock, scheduler: new DecodeScheduler(pool, clock) };
};

describe('DecodeScheduler', () => {
  it('decodes together what several sessions ask for in one turn', async () => {
    const { pool, scheduler } = start();
    const tickets = [1, 2, 3].map((value) => scheduler.submit(order(value)));
    await turn();
    expect(pool.batches.map(({ firsts }) => firsts)).toEqual([[1, 2, 3]]);
    pool.batches[0]!.finish();
    expect((await Promise.all(tickets.map((ticket) => ticket.result))).map((r) => r?.text)).toEqual(['1', '2', '3']);
  });

  it('replaces a partial that has not begun by a newer one of the same session, and no other', async () => {
    const { pool, scheduler } = start();
    scheduler.submit(order(0));
    await turn();
    const old = scheduler.submit(order(1, { sessionId: 'a', kind: 'partial' }));
    scheduler.submit(order(2, { sessionId: 'b', kind: 'partial' }));
    scheduler.submit(order(3, { sessionId: 'a', kind: 'partial' }));
    expect(await old.result).toBeNull();
    pool.batches[0]!.finish();
    await turn();
    expect(pool.batches[1]!.firsts).toEqual([2, 3]);
    expect(scheduler.stats().superseded).toBe(1);
  });

  it('lets a final overtake partials that wait', async () => {
    const { pool, scheduler } = start();
    scheduler.submit(order(0));
    await turn();
    scheduler.submit(order(1, { kind: 'partial' }));
    scheduler.submit(order(2));
    pool.batches[0]!.finish();
    await turn();
    expect(pool.batches[1]!.firsts).toEqual([2]);
  });

  it('takes back a decode that has not begun, and not one that has', async () => {
    const { pool, scheduler } = start();
    const begun = scheduler.submit(order(0));
    await turn();
    const waiting = scheduler.submit(order(1));
    waiting.cancel();
    begun.cancel();
    expect(await waiting.result).toBeNull();
    pool.batches[0]!.finish();
    expect((await begun.result)?.text).toBe('0');
  });

  it('gives each row of a failed batch a second try alone, so that one that cannot be decoded costs no other its text', async () => {
    const { pool, scheduler } = start();
    const good = scheduler.submit(order(1)).result;
    const bad = scheduler.submit(order(2)).result;
    await turn();
    pool.batches[0]!.fail();
    await turn();
    expect(pool.batches.slice(1).map(({ firsts }) => firsts)).toEqual([[1], [2]]);
    pool.batches[1]!.finish();
    pool.batches[2]!.fail();
    expect((await good)?.text).toBe('1');
    await expect(bad).rejects.toThrow('engine failed');
    const next = scheduler.submit(order(3)).result;
    await turn();
    pool.batches[3]!.finish();
    expect((await next)?.text).toBe('3');
  });

  it('decodes what looks wrong once more, alone and as a hard case, while its batch mates have their text', async () => {
    const { pool, scheduler } = start();
    const [good, odd, odder] = [1, 2, 3].map((value) => scheduler.submit(order(value)).result);
    await turn();
    scheduler.submit(order(9, { kind: 'partial' }));
    pool.batches[0]!.finish([2, 3]);
    expect((await good!)?.text).toBe('1');
    await turn();
    expect(pool.batches[1]!.firsts).toEqual([2]);
    expect(pool.batches[1]!.work[0]).toMatchObject({ hard: true });
    // Still wrong: that is what there is.
    pool.batches[1]!.finish([2]);
    expect((await odd!)?.text).toBe('2');
    await turn();
    expect(pool.batches[2]!.firsts).toEqual([3]);
    pool.batches[2]!.finish();
    expect((await odder!)?.text).toBe('3');
    await turn();
    expect(pool.batches[3]!.firsts).toEqual([9]);
  });

  it('tells a running decode that nobody wants it any more, and does not try it again', async () => {
    const { pool, scheduler } = start();
    const ticket = scheduler.submit(order(1));
    await turn();
    ticket.cancel();
    expect(isAborted(pool.batches[0]!.work[0]!.abortion)).toBe(true);
    pool.batches[0]!.finish([1]);
    await ticket.result;
    await turn();
    expect(pool.batches).toHaveLength(1);
  });

  it('forgets what a session still waits for', async () => {
    const { pool, scheduler } = start();
    scheduler.submit(order(0));
    await turn();
    const waiting = scheduler.submit(order(1, { sessionId: 'gone' }));
    scheduler.forget('gone');
    expect(await waiting.result).toBeNull();
    pool.batches[0]!.finish();
    await turn();
    expect(pool.batches).toHaveLength(1);
  });

  it('keeps one worker free of partials that take long, for the final that may come', async () => {
    const { pool, clock, scheduler } = start(2);
    const long = { kind: 'partial', pcm16: new Int16Array(16 * 16_000) } as const;
    scheduler.submit(order(1, long));
    scheduler.submit(order(2, long));
    scheduler.submit(order(3, { kind: 'partial', pcm16: new Int16Array(16_000) }));
    await turn();
    expect(pool.batches.map(({ work }) => work[0]!.pcm16.length)).toEqual([long.pcm16.length, 16_000]);
    clock.advance(15);
    pool.batches[1]!.finish();
    await turn();
    expect(pool.batches).toHaveLength(2);
    scheduler.submit(order(4));
    await turn();
    expect(pool.batches.at(-1)!.firsts).toEqual([4]);
    pool.batches[0]!.finish();
    await turn();
    expect(pool.batches).toHaveLength(4);
  });

  it('gives jobs all workers, and keeps one free of them while somebody speaks live', async () => {
    const { pool, clock, scheduler } = start(2);
    for (const value of [1, 2, 3])
      scheduler.submit(order(value, { kind: 'job', pcm16: new Int16Array(100_000).fill(value) }));
    await turn();
    expect(pool.batches.map(({ firsts }) => firsts)).toEqual([[1], [2]]);
    void scheduler.submit(order(9)).result;
    pool.batches[0]!.finish();
    await turn();
    expect(pool.batches[2]!.firsts).toEqual([9]);
    pool.batches[2]!.finish();
    await turn();
    expect(pool.batches).toHaveLength(3);
    await clock.advance(2_000);
    pool.batches[1]!.finish();
    await turn();
    expect(pool.batches[3]!.firsts).toEqual([3]);
  });
});
