import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Checkpoint } from './checkpoint.ts';
import { toFloat32 } from './floats.ts';
import { SafetensorsFile } from './read-safetensors.ts';
import { writeSafetensors } from './write-safetensors.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'verbatim-safetensors-'));
});
afterEach(() => rm(folder, { recursive: true }));

const put = async (name: string, bytes: Uint8Array): Promise<string> => {
  const file = path.join(folder, name);
  await writeFile(file, bytes);
  return file;
};

const tensor = (shape: number[], ...values: number[]) => ({ shape, values: Float32Array.from(values) });

/** A file whose only tensor 'x' has these bytes. */
function fileOf(dtype: string, shape: number[], data: Uint8Array, end = data.length): Uint8Array {
  const header = Buffer.from(
    JSON.stringify({ __metadata__: { format: 'pt' }, x: { dtype, shape, data_offsets: [0, end] } }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, data]);
}

describe('a safetensors file', () => {
  it('gives back what was written, each tensor by its name', async () => {
    const bytes = writeSafetensors({ first: tensor([2, 2], 1, 2, 3, 4), second: tensor([1], -0.5) });
    await using file = await SafetensorsFile.open(await put('a', bytes));
    expect(file.names).toEqual(['first', 'second']);
    expect(await file.read('second')).toEqual(tensor([1], -0.5));
    expect(await file.read('first')).toEqual(tensor([2, 2], 1, 2, 3, 4));
  });

  it('may hold halves and bfloat16', async () => {
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0x3555);
    const bytes = new Uint8Array(halves.buffer);
    await using f16 = await SafetensorsFile.open(await put('f16', fileOf('F16', [6], bytes)));
    expect([...(await f16.read('x')).values]).toEqual([1, -2, 65504, 2 ** -24, -0, 0.333251953125]);
    const upper = new Uint8Array(Uint16Array.of(0x3f80, 0xc040).buffer);
    await using bf16 = await SafetensorsFile.open(await put('bf16', fileOf('BF16', [2], upper)));
    expect([...(await bf16.read('x')).values]).toEqual([1, -3]);
  });

  it('keeps what is infinite or no number in halves', () => {
    const halves = new Uint8Array(Uint16Array.of(0x7c00, 0xfc00, 0x7e00).buffer);
    expect([...toFloat32(halves, 'F16')]).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]);
  });

  it.each([
    ['no safetensors file: it has 3 bytes', Uint8Array.of(1, 2, 3)],
    ['its header would have', Buffer.from('this is plain text and no weights')],
    ["is cut: 'x' ends", fileOf('F32', [4], new Uint8Array(8), 16)],
    ['8 bytes for 4 elements', fileOf('F32', [4], new Uint8Array(8))],
  ])('is refused with the reason: %s', async (reason, bytes) => {
    await expect(SafetensorsFile.open(await put('bad', bytes))).rejects.toThrow(reason);
  });

  it('names the tensor that it lacks, and one that is not of floats', async () => {
    await using file = await SafetensorsFile.open(await put('i64', fileOf('I64', [1], new Uint8Array(8))));
    await expect(file.read('y')).rejects.toThrow("holds no tensor 'y'");
    await expect(file.read('x')).rejects.toThrow('of type I64');
  });
});

describe('a checkpoint', () => {
  it('reads its tensors from whichever shard holds them', async () => {
    await put('model-00001-of-00002.safetensors', writeSafetensors({ a: tensor([1], 1) }));
    await put('model-00002-of-00002.safetensors', writeSafetensors({ b: tensor([2], 2, 3) }));
    const index = {
      weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' },
    };
    await put('model.safetensors.index.json', Buffer.from(JSON.stringify(index)));
    await using checkpoint = await Checkpoint.open(folder);
    expect([...(await checkpoint.read('b', [2]))]).toEqual([2, 3]);
    expect(checkpoint.has('a')).toBe(true);
  });

  it('says which tensor is missing or of another shape than wanted', async () => {
    await put('model.safetensors', writeSafetensors({ a: tensor([2], 1, 2) }));
    await using checkpoint = await Checkpoint.open(folder);
    await expect(checkpoint.read('b', [1])).rejects.toThrow("no tensor 'b'");
    await expect(checkpoint.read('a', [1, 2])).rejects.toThrow('has the shape [2]; config.json wants [1,2]');
  });

  it('follows no path out of its folder', async () => {
    await put('model.safetensors.index.json', Buffer.from(JSON.stringify({ weight_map: { a: '../a.safetensors' } })));
    await expect(Checkpoint.open(folder)).rejects.toThrow("names '../a.safetensors'");
  });
});
