import { describe, expect, it } from 'vitest';
import { CommitQueue } from './commit-queue.ts';
import type { PendingCommit } from './output.ts';

const commit = (cursor: number): PendingCommit => ({
  type: 'commit',
  cursor,
  snapshot: {} as PendingCommit['snapshot'],
  marks: 0,
});

/** An output that comes when the test says so. */
function later(cursor: number) {
  let settle!: { resolve(output: PendingCommit): void; reject(error: unknown): void };
  const output = new Promise<PendingCommit>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { output, finish: () => settle.resolve(commit(cursor)), fail: () => settle.reject(new Error('no engine')) };
}

function start() {
  const emitted: (number | string)[] = [];
  const queue = new CommitQueue((output) => {
    emitted.push(output.type === 'failed' ? output.error.message : output.cursor);
  });
  const note = (name: string): void => void queue.settled().then(() => emitted.push(name));
  return { queue, emitted, note };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a queue of commits', () => {
  it('emits in the order of the audio, whichever decode is done first', async () => {
    const { queue, emitted } = start();
    const [first, second] = [later(1), later(2)];
    queue.add(10, first.output);
    queue.add(20, second.output);
    queue.add(30, commit(3));
    second.finish();
    await turn();
    expect([emitted, queue.oldest]).toEqual([[], 10]);
    first.finish();
    await turn();
    expect([emitted, queue.oldest, queue.empty]).toEqual([[1, 2, 3], undefined, true]);
  });

  it('is settled at once when it is empty', async () => {
    const { emitted, note } = start();
    note('settled');
    await turn();
    expect(emitted).toEqual(['settled']);
  });

  it('is settled when all that had a place at the time was emitted, and does not wait for what came later', async () => {
    const { queue, emitted, note } = start();
    const [first, second, third] = [later(1), later(2), later(3)];
    queue.add(10, first.output);
    note('settled 1');
    queue.add(20, second.output);
    note('settled 2');
    queue.add(30, third.output);
    second.finish();
    await turn();
    expect(emitted).toEqual([]);
    first.finish();
    await turn();
    expect(emitted).toEqual([1, 2, 'settled 1', 'settled 2']);
  });

  it('is settled earlier for one to whom an emission before is enough', async () => {
    const { queue, emitted } = start();
    const outputs = [later(1), later(2), later(3)];
    for (const [index, { output }] of outputs.entries()) queue.add(index, output);
    void queue.settled(() => emitted.includes(2)).then(() => emitted.push('enough'));
    for (const { finish } of outputs) {
      finish();
      await turn();
    }
    expect(emitted).toEqual([1, 2, 'enough', 3]);
  });

  it('is never settled once it is abandoned', async () => {
    const { queue, emitted, note } = start();
    const { output, finish } = later(1);
    queue.add(10, output);
    note('settled');
    queue.abandon();
    finish();
    await turn();
    expect(emitted).toEqual([1]);
  });

  it('is never settled after a failure, and emits nothing of what waited behind it', async () => {
    const { queue, emitted, note } = start();
    const [first, second] = [later(1), later(2)];
    queue.add(10, first.output);
    note('settled 1');
    queue.add(20, second.output);
    note('settled 2');
    first.fail();
    await turn();
    second.finish();
    await turn();
    expect(emitted).toEqual(['no engine']);
  });
});
