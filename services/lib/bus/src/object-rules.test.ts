import { expect, it } from 'vitest';
import { limited } from './object-rules.ts';

async function* pieces(...lengths: number[]): AsyncGenerator<Uint8Array> {
  for (const length of lengths) yield new Uint8Array(length);
}

const lengthsOf = async (content: AsyncIterable<Uint8Array>): Promise<number[]> => {
  const lengths: number[] = [];
  for await (const { length } of content) lengths.push(length);
  return lengths;
};

it('refuses what is larger than the limit, which it tells in MiB where it is whole ones', async () => {
  await expect(lengthsOf(limited(pieces(2 ** 20, 2 ** 20, 1), 2 * 2 ** 20))).rejects.toThrow(
    'The file is larger than 2 MiB, the most that this server takes.',
  );
  await expect(lengthsOf(limited(pieces(4), 3))).rejects.toThrow('The file is larger than 3 bytes,');
});

it('gives what is as large as the limit', async () => {
  expect(await lengthsOf(limited(pieces(2, 1), 3))).toEqual([2, 1]);
});
