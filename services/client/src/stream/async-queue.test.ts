import { describe, expect, it } from 'vitest';
import { AsyncQueue } from './async-queue.ts';

describe('a queue', () => {
  it('gives what was pushed before it failed, then the error', async () => {
    const queue = new AsyncQueue<number>();
    queue.push(1);
    queue.fail(new Error('broken'));
    queue.push(2);
    const read: number[] = [];
    const reading = (async () => {
      for await (const value of queue) read.push(value);
    })();
    await expect(reading).rejects.toThrow('broken');
    expect(read).toEqual([1]);
  });
});
