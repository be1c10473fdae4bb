import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeTinyWhisper } from './testing/tiny-whisper.ts';
import { readWhisperConfig } from './whisper-config.ts';

describe('readWhisperConfig', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'whisper-config-'));
    await writeTinyWhisper(folder);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const withHeads = async (alignment_heads: unknown) => {
    const file = path.join(folder, 'generation_config.json');
    const generation = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...generation, alignment_heads }));
    return (await readWhisperConfig(folder)).alignmentHeads;
  };

  it('takes the heads that were picked for the model', async () => {
    expect(await withHeads([[1, 0]])).toEqual([[1, 0]]);
  });

  it.each([undefined, null, []])('takes all heads of the upper half where none were picked: %j', async (none) => {
    expect(await withHeads(none)).toEqual([
      [1, 0],
      [1, 1],
    ]);
  });

  it('names a head that the model does not have', async () => {
    await expect(withHeads([[2, 1]])).rejects.toThrow(/alignment head \[2,1\], which there is not/);
  });
});
