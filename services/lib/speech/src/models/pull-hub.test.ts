import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ModelEntry } from './catalogue.ts';
import { type FakeHub, gitSha1, sha256, startFakeHub } from './fake-hub.ts';
import { sendFirst, sendGarbage } from './fake-registry.ts';
import { openModelHub } from './model-hub.ts';
import { pullModel } from './pull.ts';
import type { PullOptions } from './pull-options.ts';
import { isStamped, listModels, modelFolder, storedHashes, verifyModel } from './stored-model.ts';

const WEIGHTS = 'model.safetensors';

let hub: FakeHub;
let cacheDir: string;
let models: string;
let folder: string;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  hub = await startFakeHub();
  cacheDir = await mkdtemp(join(tmpdir(), 'verbatim-cache-'));
  models = join(cacheDir, 'models');
  folder = modelFolder(hub.entry, cacheDir);
  env = { HOME: cacheDir, npm_config_userconfig: join(cacheDir, '.npmrc'), npm_config_noproxy: '127.0.0.1,localhost' };
});

afterEach(async () => {
  await hub.close();
  await rm(cacheDir, { recursive: true, force: true });
});

const pull = (options: Partial<PullOptions> = {}, entry: ModelEntry = hub.entry): Promise<string> =>
  pullModel(entry, {
    cacheDir,
    source: hub.url,
    openHub: (address) => openModelHub(address, env),
    retryDelaysMs: [0, 0],
    ...options,
  });

/** The entry with nothing known of these files. */
const unpinned = (...names: string[]): ModelEntry => ({
  ...hub.entry,
  files: hub.entry.files.map((file) => (names.includes(file.name) ? { name: file.name, path: file.path } : file)),
});

const expectInstalled = async (): Promise<void> => {
  for (const [name, data] of hub.files) expect((await readFile(join(folder, name))).equals(data)).toBe(true);
  expect(await readdir(models)).toEqual(['fake-whisper']);
  expect((await readdir(folder)).sort()).toEqual([...hub.files.keys(), 'verified.json'].sort());
};

const partOf = (name: string): string =>
  join(models, 'fake-whisper.part', hub.entry.source.revision.slice(0, 16), name);

describe('a fresh pull from a hub', () => {
  it('brings every file, and tells the progress of all together', async () => {
    const onProgress = vi.fn();
    expect(await pull({ onProgress })).toBe(folder);
    await expectInstalled();
    const total = [...hub.files.values()].reduce((sum, { length }) => sum + length, 0);
    expect(onProgress).toHaveBeenLastCalledWith({ receivedBytes: total, totalBytes: total });
    const received = onProgress.mock.calls.map(([{ receivedBytes }]) => receivedBytes);
    expect(received).toEqual([...received].sort((a, b) => a - b));
    expect(received.length).toBeGreaterThan(hub.files.size);
  });

  it('asks for nothing but the files where all are pinned, and for nothing when they are here', async () => {
    await pull();
    const requests = ['GET config.json', 'GET tokenizer.json', `GET ${WEIGHTS}`, `storage GET ${WEIGHTS}`];
    expect(hub.requests).toEqual(requests);
    await pull();
    expect(hub.requests).toEqual(requests);
  });

  it('shows no credentials to anybody, not those of npm either', async () => {
    const { host } = new URL(hub.url);
    await writeFile(String(env.npm_config_userconfig), `registry=http://${host}/\n//${host}/:_authToken=test-token\n`);
    await pull({}, unpinned(WEIGHTS));
    expect(new Set(hub.credentials)).toEqual(new Set([undefined]));
  });

  it('is by way of the proxy that npm uses', async () => {
    const proxied = { ...env, npm_config_noproxy: '', npm_config_proxy: 'http://127.0.0.1:1/' };
    await expect(pull({ openHub: (address) => openModelHub(address, proxied) })).rejects.toThrow(
      /can't be reached: .*ECONNREFUSED 127\.0\.0\.1:1;/,
    );
    expect(hub.requests).toEqual([]);
  });
});

describe('a file that the catalogue knows nothing of', () => {
  it.each([[WEIGHTS], ['tokenizer.json']])('(%s) is compared with what the hub says of the revision', async (name) => {
    await pull({}, unpinned(name));
    await expectInstalled();
    expect(hub.requests.filter((request) => request.startsWith('HEAD'))).toEqual([`HEAD ${name}`]);
    expect(await storedHashes(hub.entry, folder)).toEqual([...hub.files.values()].map(sha256));
  });

  it('is refused when it is another than the hub says', async () => {
    hub.faults.lies = true;
    await expect(pull({}, unpinned(WEIGHTS))).rejects.toThrow(
      new RegExp(
        `^The model fake-whisper in ${hub.url} is not the expected one \\(${WEIGHTS}: SHA-256 \\w+ in place of`,
      ),
    );
    await expect(pull({}, unpinned('tokenizer.json'))).rejects.toThrow(
      /is not the expected one \(tokenizer\.json: git’s SHA-1 \w+ in place of/,
    );
    expect(await readdir(models)).toEqual(['fake-whisper.part']);
  });

  it('is not installed when the hub says nothing either', async () => {
    hub.faults.noHashes = true;
    await expect(pull({}, unpinned('tokenizer.json'))).rejects.toThrow(
      `The model fake-whisper was not installed: ${hub.url} gives no checksum of tokenizer.json, and none is known here.`,
    );
    await expect(pull({}, unpinned(WEIGHTS))).rejects.toThrow(/gives no checksum of model\.safetensors/);
    // Nor is the storage's own kind of checksum taken for one.
    expect(hub.requests.filter((request) => request.startsWith('storage'))).toEqual([`storage HEAD ${WEIGHTS}`]);
    await pull();
    await expectInstalled();
  });

  it('is described by the hub itself, wherever it has moved to', async () => {
    hub.faults.relativeRedirect = true;
    await pull({}, unpinned(WEIGHTS, 'tokenizer.json'));
    await expectInstalled();
    expect(hub.requests.slice(0, 2)).toEqual(['HEAD tokenizer.json', 'HEAD moved/tokenizer.json']);
  });

  it('is verified later by what was learnt of it', async () => {
    const entry = unpinned(WEIGHTS);
    await pull({}, entry);
    expect(await isStamped(entry, folder)).toBe(true);
    expect((await verifyModel(entry, cacheDir)).map(({ state }) => state)).toEqual(['ok', 'ok', 'ok']);
    await writeFile(join(folder, WEIGHTS), Buffer.alloc(300_000));
    expect((await verifyModel(entry, cacheDir))[2]).toMatchObject({ name: WEIGHTS, state: 'broken' });
    await pull({}, entry);
    await expectInstalled();
  });

  it('is fetched anew for another revision', async () => {
    const entry = unpinned(WEIGHTS);
    await pull({}, entry);
    const later = { ...entry, source: { ...hub.entry.source, revision: 'f'.repeat(40) } };
    expect(await isStamped(later, folder)).toBe(false);
    expect((await verifyModel(later, cacheDir))[2]).toMatchObject({ state: 'broken' });
  });

  it('may have its checksum in git’s form in the catalogue', async () => {
    const [config, tokenizer, weights] = hub.entry.files;
    const known = { name: 'tokenizer.json', path: 'tokenizer.json', size: 20_000 };
    const of = (hash: string): ModelEntry => ({
      ...hub.entry,
      files: [config!, { ...known, gitSha1: hash }, weights!],
    });
    await expect(pull({}, of('0'.repeat(40)))).rejects.toThrow(/git’s SHA-1 \w+ in place of 0+\)/);
    await pull({}, of(gitSha1(hub.files.get(tokenizer!.name)!)));
    await expectInstalled();
    expect(await isStamped(of(gitSha1(hub.files.get('tokenizer.json')!)), folder)).toBe(true);
  });
});

describe('an interrupted pull from a hub', () => {
  it('goes on where the connection was cut', async () => {
    hub.next.push(sendFirst(100_000, 'cut'));
    await pull();
    await expectInstalled();
    const storage = hub.requests.filter((request) => request.startsWith('storage'));
    expect(storage).toEqual([`storage GET ${WEIGHTS}`, expect.stringMatching(/bytes=[1-9]\d*-$/)]);
  });

  it('goes on where an earlier, cancelled pull stopped, without the files that are here', async () => {
    hub.next.push(sendFirst(100_000, 'stall'));
    const stop = new AbortController();
    const reason = new Error('Ctrl-C');
    const cancelled = pull({
      signal: stop.signal,
      onProgress: ({ receivedBytes }) => receivedBytes >= 120_000 && stop.abort(reason),
    });
    await expect(cancelled).rejects.toBe(reason);
    const kept = (await readFile(partOf(WEIGHTS))).length;
    expect(kept).toBeGreaterThan(0);
    hub.requests.length = 0;
    const onProgress = vi.fn();
    await pull({ onProgress });
    await expectInstalled();
    expect(hub.requests).toEqual([`GET ${WEIGHTS} bytes=${kept}-`, `storage GET ${WEIGHTS} bytes=${kept}-`]);
    expect(onProgress.mock.calls[0]![0].receivedBytes).toBeGreaterThan(0);
  });

  it('starts again once when the part on this machine was damaged', async () => {
    const log = vi.fn();
    await mkdir(join(partOf(WEIGHTS), '..'), { recursive: true });
    await writeFile(partOf(WEIGHTS), Buffer.alloc(50_000, 7));
    await pull({ log });
    await expectInstalled();
    expect(hub.requests.filter((request) => request.startsWith('storage'))).toEqual([
      `storage GET ${WEIGHTS} bytes=50000-`,
      `storage GET ${WEIGHTS}`,
    ]);
    expect(log).toHaveBeenCalledWith(expect.stringContaining('was damaged; fetching it from the start'));
  });

  it('is given up after tries that bring nothing new', async () => {
    hub.next.push(...Array.from({ length: 9 }, () => sendFirst(0, 'cut')));
    await expect(pull()).rejects.toThrow(/^The model fake-whisper is not on this machine and .*can't be reached: /);
    expect(hub.next).toHaveLength(6);
  });
});

describe('a hub that sends something else', () => {
  it('installs nothing, and the next pull starts afresh', async () => {
    hub.next.push(sendGarbage);
    await expect(pull()).rejects.toThrow(/is not the expected one \(model\.safetensors: SHA-256 \w+ in place of/);
    expect(await readdir(models)).toEqual(['fake-whisper.part']);
    await pull();
    await expectInstalled();
  });

  it('of another size is refused before it has come', async () => {
    const [config, tokenizer, weights] = hub.entry.files;
    const entry = { ...hub.entry, files: [config!, tokenizer!, { ...weights!, size: 299_999 }] };
    const onProgress = vi.fn();
    await expect(pull({ onProgress }, entry)).rejects.toThrow(
      /\(model\.safetensors: 300000 bytes in place of 299999\)/,
    );
    expect(Math.max(...onProgress.mock.calls.map(([{ receivedBytes }]) => receivedBytes))).toBeLessThan(50_000);
    expect(hub.requests.filter((request) => request.startsWith('storage'))).toEqual([`storage GET ${WEIGHTS}`]);
    expect(await readdir(join(partOf(WEIGHTS), '..'))).not.toContain(WEIGHTS);
  });

  it('without the pinned revision is told so, and no other revision is taken', async () => {
    const revision = 'f'.repeat(40);
    const entry = { ...hub.entry, source: { ...hub.entry.source, revision } };
    const sentence = new RegExp(`does not have fake/whisper at revision ${revision}, the one that this version takes`);
    await expect(pull({}, entry)).rejects.toThrow(sentence);
    await expect(pull({}, { ...unpinned(WEIGHTS), source: entry.source })).rejects.toThrow(sentence);
    expect(hub.requests).toEqual(['GET config.json', `HEAD ${WEIGHTS}`]);
  });

  it('that answers with another revision is not believed', async () => {
    hub.faults.commit = 'e'.repeat(40);
    await expect(pull({}, unpinned(WEIGHTS))).rejects.toThrow(/it answers with the revision e{40};/);
  });

  it('without the file or the repository is told so', async () => {
    const file = { name: 'merges.txt', path: 'merges.txt' };
    await expect(pull({}, { ...hub.entry, files: [...hub.entry.files, file] })).rejects.toThrow(
      /refused merges\.txt of fake\/whisper at revision \w+: it answered 404;/,
    );
    const source = { ...hub.entry.source, repository: 'fake/other' };
    await expect(pull({}, { ...hub.entry, source })).rejects.toThrow(
      /of fake\/other at revision \w+: it answered 401;/,
    );
  });
});

describe('a model from a hub that lies here', () => {
  it('has only its damaged file fetched again', async () => {
    await pull();
    hub.requests.length = 0;
    await writeFile(join(folder, 'tokenizer.json'), 'oops');
    const log = vi.fn();
    await pull({ log });
    await expectInstalled();
    expect(hub.requests).toEqual(['GET tokenizer.json']);
    expect(log).toHaveBeenCalledWith(
      expect.stringMatching(/^The model fake-whisper is damaged \(tokenizer\.json: 4 b/),
    );
  });

  it('is fetched once by pulls at the same time', async () => {
    await Promise.all([pull(), pull(), pull()]);
    await expectInstalled();
    expect(hub.requests).toHaveLength(4);
  });

  it('is listed with its size, or about its size', async () => {
    const size = [...hub.files.values()].reduce((sum, { length }) => sum + length, 0);
    expect(await listModels(cacheDir, [hub.entry])).toMatchObject([{ bytes: size, about: false, installed: false }]);
    await pull();
    const entry = unpinned(WEIGHTS);
    const files = entry.files.map((file) => (file.name === WEIGHTS ? { ...file, about: 250_000 } : file));
    expect(await listModels(cacheDir, [{ ...entry, files }])).toMatchObject([
      { bytes: size - 50_000, about: true, installed: true, own: false },
    ]);
  });
});
