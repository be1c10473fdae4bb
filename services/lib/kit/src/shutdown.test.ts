import { EventEmitter } from 'node:events';
import { ManualClock } from '@verbatim/contracts/testing';
import { describe, expect, it, vi } from 'vitest';
import { Shutdown, untilSignal } from './shutdown.ts';

const quiet = { warn: vi.fn(), error: vi.fn() };

const never = () => new Promise<void>(() => {});

describe('a shutdown', () => {
  it('closes the last part added first, one after another, once', async () => {
    const order: string[] = [];
    const shutdown = new Shutdown({ logger: quiet });
    for (const name of ['store', 'worker', 'door']) {
      shutdown.add(name, async () => {
        order.push(`${name} closing`);
        await Promise.resolve();
        order.push(`${name} closed`);
      });
    }
    const [first, second] = await Promise.all([shutdown.run(), shutdown.run()]);
    expect(order).toEqual([
      'door closing',
      'door closed',
      'worker closing',
      'worker closed',
      'store closing',
      'store closed',
    ]);
    expect(first).toEqual({ unfinished: [] });
    expect(second).toBe(first);
  });

  it('goes on past a part that fails, and names it', async () => {
    const logger = { ...quiet, error: vi.fn() };
    const shutdown = new Shutdown({ logger });
    const closeStore = vi.fn();
    shutdown.add('store', closeStore);
    shutdown.add('door', () => {
      throw new Error('stuck');
    });
    expect(await shutdown.run()).toEqual({ unfinished: ['door'] });
    expect(closeStore).toHaveBeenCalledOnce();
    expect(logger.error).toHaveBeenCalledWith(expect.objectContaining({ part: 'door' }), expect.any(String));
  });

  it('waits no longer than its deadline for all parts together, tells the late one, and still calls the rest', async () => {
    const clock = new ManualClock();
    const logger = { ...quiet, warn: vi.fn() };
    const shutdown = new Shutdown({ logger, clock, deadlineMs: 2_000 });
    const closeStore = vi.fn(never);
    let overdue: AbortSignal | undefined;
    shutdown.add('store', closeStore);
    shutdown.add('worker', (signal) => {
      overdue = signal;
      return never();
    });
    const result = shutdown.run();
    await clock.advance(1_999);
    expect(overdue?.aborted).toBe(false);
    expect(closeStore).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(overdue?.aborted).toBe(true);
    expect(await result).toEqual({ unfinished: ['worker', 'store'] });
    expect(closeStore).toHaveBeenCalledOnce();
    expect(logger.warn).toHaveBeenCalledWith(expect.objectContaining({ part: 'worker' }), expect.any(String));
    expect(clock.pending).toBe(0);
  });

  it('leaves no timer behind', async () => {
    const clock = new ManualClock();
    await new Shutdown({ logger: quiet, clock }).run();
    expect(clock.pending).toBe(0);
  });
});

describe('untilSignal', () => {
  const setUp = () => {
    const clock = new ManualClock();
    const source = new EventEmitter() as unknown as NodeJS.Process;
    const exit = vi.fn();
    return { clock, source, exit, first: untilSignal(['SIGINT', 'SIGTERM'], { clock, source, exit }) };
  };

  it('resolves with the first signal', async () => {
    const { source, first, exit } = setUp();
    source.emit('SIGTERM', 'SIGTERM');
    expect(await first).toBe('SIGTERM');
    expect(exit).not.toHaveBeenCalled();
  });

  it('takes a repeat within half a second for the same Ctrl-C, and ends at once on a later one', async () => {
    const { source, exit, clock } = setUp();
    source.emit('SIGINT', 'SIGINT');
    await clock.advance(20);
    source.emit('SIGINT', 'SIGINT');
    expect(exit).not.toHaveBeenCalled();
    await clock.advance(480);
    source.emit('SIGINT', 'SIGINT');
    expect(exit).toHaveBeenCalledExactlyOnceWith(130);
  });
});
