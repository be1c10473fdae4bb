import { mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeHub, sha256, startFakeHub } from './fake-hub.ts';
import { pullModel } from './pull.ts';
import type { PullOptions } from './pull-options.ts';
import { listModels, modelFolder, storedHashes, verifyModel } from './stored-model.ts';

let hub: FakeHub;
let cacheDir: string;
let source: string;
let folder: string;
const log = vi.fn();

beforeEach(async () => {
  log.mockReset();
  hub = await startFakeHub();
  cacheDir = await mkdtemp(join(tmpdir(), 'verbatim-cache-'));
  source = join(cacheDir, 'source');
  folder = modelFolder(hub.entry, cacheDir);
});

afterEach(async () => {
  await hub.close();
  await rm(cacheDir, { recursive: true, force: true });
});

const pull = (options: Partial<PullOptions> = {}): Promise<string> =>
  pullModel(hub.entry, { cacheDir, source, log, openHub: () => Promise.reject(new Error('no network')), ...options });

/** Puts the model's files into the source folder, or others in place of some. */
const provide = async (below = '', others: Record<string, Buffer | string> = {}): Promise<void> => {
  await mkdir(join(source, below), { recursive: true });
  for (const [name, data] of hub.files) await writeFile(join(source, below, name), others[name] ?? data);
};

const states = async (): Promise<string[]> => (await verifyModel(hub.entry, cacheDir)).map(({ state }) => state);

describe('a Whisper model from a folder', () => {
  it.each([[''], ['fake-whisper'], ['fake/whisper']])(
    'is taken from "%s" there, without the network',
    async (below) => {
      await provide(below);
      expect(await pull()).toBe(folder);
      for (const [name, data] of hub.files) expect((await readFile(join(folder, name))).equals(data)).toBe(true);
      expect(log).not.toHaveBeenCalled();
      expect(await listModels(cacheDir, [hub.entry])).toMatchObject([{ installed: true, own: false }]);
    },
  );

  it('may be of the user’s own files, which is said, and they are verified as what they were', async () => {
    const weights = Buffer.alloc(123_456, 7);
    await provide('', { 'model.safetensors': weights });
    await pull();
    expect(log.mock.calls).toEqual([
      [
        `The model fake-whisper in ${source} is not known to be the published one (model.safetensors); it is used as it is.`,
      ],
    ]);
    expect((await storedHashes(hub.entry, folder))[2]).toBe(sha256(weights));
    expect(await listModels(cacheDir, [hub.entry])).toMatchObject([{ installed: true, own: true }]);
    expect(await states()).toEqual(['ok', 'ok', 'ok']);
    await pull({ source: undefined });
    await writeFile(join(folder, 'model.safetensors'), Buffer.alloc(123_456, 8));
    expect(await states()).toEqual(['ok', 'ok', 'broken']);
    await pull();
    expect(await states()).toEqual(['ok', 'ok', 'ok']);
  });

  it.each([
    ['of another size', { d_model: 16 }, 'its config.json says d_model 16 in place of 8'],
    ['with another vocabulary', { vocab_size: 98 }, 'its config.json says vocab_size 98 in place of 99'],
    ['with another spectrogram', { num_mel_bins: 128 }, 'its config.json says num_mel_bins 128 in place of 80'],
  ])('is refused when it is one %s', async (_what, change, reason) => {
    const config = { ...hub.entry.shape, ...change };
    await provide('', { 'config.json': JSON.stringify(config), 'model.safetensors': 'other weights' });
    await expect(pull()).rejects.toThrow(`The model in ${source} is not fake-whisper: ${reason}.`);
    await expect(stat(folder)).rejects.toThrow('ENOENT');
  });

  it('is refused when its configuration is none', async () => {
    await provide('', { 'config.json': '{"model_type":"bert"}' });
    await expect(pull()).rejects.toThrow('config.json is no configuration of a Whisper model.');
  });

  it('is refused when a file is missing', async () => {
    await provide();
    await rm(join(source, 'tokenizer.json'));
    await expect(pull()).rejects.toThrow(
      /^The model fake-whisper can't be copied from .*, the folder that VERBATIM_MODEL_SOURCE names: ENOENT/,
    );
  });

  it('does not lie on the disk twice when it is large', async () => {
    await provide();
    await truncate(join(source, 'model.safetensors'), 70 * 2 ** 20);
    await pull();
    const [here, there] = await Promise.all([folder, source].map((place) => stat(join(place, 'model.safetensors'))));
    expect(here!.ino).toBe(there!.ino);
    expect((await stat(join(folder, 'config.json'))).ino).not.toBe((await stat(join(source, 'config.json'))).ino);
  });
});
