import { ManualClock, settle } from '@verbatim/contracts/testing';
import { describe, expect, it } from 'vitest';
import { Receiver } from './receive.ts';

async function* pieces(...content: readonly Uint8Array[]) {
  yield* content;
}

const drained = async (receiver: Receiver): Promise<number> => {
  let bytes = 0;
  for await (const piece of receiver.pass()) bytes += piece.length;
  return bytes;
};

describe('an upload', () => {
  it('is known by its size, its hash and its kind once it has passed, however it was cut', async () => {
    const wav = Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVEfmt '), Buffer.alloc(10_000, 7)]);
    const results = [];
    for (const cut of [1, 7, 5_000, 20_000]) {
      const parts = Array.from({ length: Math.ceil(wav.length / cut) }, (_, i) => wav.subarray(i * cut, (i + 1) * cut));
      const receiver = new Receiver(pieces(...parts), new ManualClock(), 1_000);
      expect(await drained(receiver)).toBe(wav.length);
      results.push(receiver.result());
    }
    expect(results[0]).toMatchObject({ bytes: wav.length, kind: { type: 'wav' } });
    for (const result of results) expect(result).toEqual(results[0]);
  });

  it('of nothing is refused', async () => {
    const receiver = new Receiver(pieces(), new ManualClock(), 1_000);
    await drained(receiver);
    expect(() => receiver.result()).toThrow('The file is empty.');
  });

  it('of which nothing comes is given up, and its source is told', async () => {
    const clock = new ManualClock();
    let ended = false;
    const hanging: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: async () => {
          ended = true;
          return { done: true, value: undefined };
        },
      }),
    };
    const outcome = drained(new Receiver(hanging, clock, 1_000)).catch((error: unknown) => error);
    await settle();
    await clock.advance(1_000);
    expect(await outcome).toMatchObject({ code: 'idle_timeout' });
    expect(ended).toBe(true);
    expect(clock.pending).toBe(0);
  });
});
