import { describe, expect, it } from 'vitest';
import { merged } from './merged.ts';

async function* numbers(...values: readonly number[]): AsyncGenerator<number, void> {
  for (const value of values) yield value;
}

describe('merged', () => {
  it('gives everything of every source, each in its own order', async () => {
    const all: number[] = [];
    for await (const value of merged([numbers(1, 2, 3), numbers(), numbers(10, 20)])) all.push(value);
    expect(all.filter((value) => value < 10)).toEqual([1, 2, 3]);
    expect(all.filter((value) => value >= 10)).toEqual([10, 20]);
  });

  it('lets no source that always has something keep another waiting', async () => {
    async function* endless(name: string): AsyncGenerator<string, void> {
      for (;;) yield name;
    }
    const first: string[] = [];
    for await (const name of merged([endless('a'), endless('b')])) if (first.push(name) === 10) break;
    expect(first.filter((name) => name === 'b')).toHaveLength(5);
  });

  it('fails with what one of them fails with', async () => {
    async function* broken(): AsyncGenerator<number, void> {
      yield 1;
      throw new Error('broken');
    }
    await expect(async () => {
      for await (const _ of merged([broken(), numbers(2, 3)]));
    }).rejects.toThrow('broken');
  });

  it('ends its sources when its reader leaves', async () => {
    let ended = 0;
    async function* endless(): AsyncGenerator<number, void> {
      try {
        for (;;) yield 1;
      } finally {
        ended += 1;
      }
    }
    for await (const _ of merged([endless(), endless()])) break;
    await expect.poll(() => ended).toBe(2);
  });
});
