import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findModel } from './catalogue.ts';
import { type FakeHub, startFakeHub } from './fake-hub.ts';
import { discardEngine, type EngineBuild, type PrepareOptions, prepareEngine } from './prepare-engine.ts';
import { modelFolder } from './stored-model.ts';

/** A folder with the graphs as moonshine-js ships them. */
const source = process.env.VERBATIM_TEST_MODEL_DIR;
const why = source === undefined ? ' (set VERBATIM_TEST_MODEL_DIR to the model’s folder)' : '';
const model = findModel('moonshine-tiny');

let cacheDir: string;
beforeEach(async () => {
  cacheDir = await mkdtemp(path.join(os.tmpdir(), 'verbatim-engine-'));
});
afterEach(() => rm(cacheDir, { recursive: true, force: true }));

/** How often the graphs were built. */
async function prepare(): Promise<{ directory: string; builds: number }> {
  let builds = 0;
  const { directory } = await prepareEngine(model, { cacheDir, source, onBuild: () => builds++ });
  return { directory, builds };
}

describe.skipIf(source === undefined)(`preparing an engine${why}`, () => {
  it('builds its graphs once, and again when one is cut short or when they are discarded', async () => {
    const { directory, builds } = await prepare();
    expect(builds).toBe(1);
    expect((await prepare()).builds).toBe(0);
    const decoder = path.join(directory, 'moonshine-decoder.onnx');
    await writeFile(decoder, (await readFile(decoder)).subarray(0, 1_000_000));
    expect((await prepare()).builds).toBe(1);
    expect((await stat(decoder)).size).toBeGreaterThan(1_000_000);
    await discardEngine(model, cacheDir);
    expect((await prepare()).builds).toBe(1);
  });

  it('has a new version number wherever the builder makes other graphs', async () => {
    // When this fails, the builder has changed: raise the version in BUILDERS, or caches keep the old graphs, and write the
    // new version and hashes here.
    const { directory } = await prepare();
    const stamp = JSON.parse(await readFile(path.join(directory, 'built.json'), 'utf8'));
    expect({ version: path.basename(directory), files: stamp.files }).toMatchObject({
      version: 'engine-2',
      files: [{ sha256: expect.stringMatching(/^59c0dd97/) }, { sha256: expect.stringMatching(/^48635bc3/) }],
    });
  });
});

describe('preparing an engine of any family', () => {
  let hub: FakeHub;
  let folder: string;
  let own: string;
  beforeEach(async () => {
    hub = await startFakeHub();
    folder = modelFolder(hub.entry, cacheDir);
    own = path.join(cacheDir, 'own');
    await mkdir(own);
    for (const [name, data] of hub.files) await writeFile(path.join(own, name), data);
  });
  afterEach(() => hub.close());

  const prepareWith = (build: EngineBuild, options: Partial<PrepareOptions> = {}) =>
    prepareEngine(hub.entry, { cacheDir, source: own, build, ...options });

  /** A builder that writes one graph, from the weights' first bytes. */
  const builder = () =>
    vi.fn<EngineBuild>(async (fromDir, toDir, { onProgress }) => {
      onProgress?.(1, 2);
      const bytes = (await readFile(path.join(fromDir, 'model.safetensors'))).subarray(0, 10);
      await pause(20);
      const graph = path.join(toDir, 'encoder.onnx');
      await writeFile(graph, bytes);
      onProgress?.(2, 2);
      return [{ path: graph, bytes: bytes.length, sha256: 'of no interest' }];
    });

  it('hands the model’s files to the builder, and its folder to the engine', async () => {
    const build = builder();
    const onBuild = vi.fn();
    const onBuildProgress = vi.fn();
    const engine = await prepareWith(build, { onBuild, onBuildProgress });
    expect(engine).toEqual({ family: 'whisper', directory: path.join(folder, 'engine-1'), threads: 1 });
    expect((await readdir(engine.directory)).sort()).toEqual(['built.json', 'encoder.onnx']);
    expect(build.mock.calls.map(([fromDir]) => fromDir)).toEqual([folder]);
    expect(onBuild).toHaveBeenCalledOnce();
    expect(onBuildProgress.mock.calls).toEqual([
      [1, 2],
      [2, 2],
    ]);
    await prepareWith(build, { onBuild });
    expect(build).toHaveBeenCalledOnce();
    expect(onBuild).toHaveBeenCalledOnce();
  });

  it('builds once for all who want it at the same time', async () => {
    const build = builder();
    const log = vi.fn();
    await prepareWith(build);
    await discardEngine(hub.entry, cacheDir);
    build.mockClear();
    const engines = await Promise.all([1, 2, 3].map(() => prepareWith(build, { log })));
    expect(new Set(engines.map(({ directory }) => directory)).size).toBe(1);
    expect(build).toHaveBeenCalledOnce();
    expect(log).toHaveBeenCalledWith(expect.stringContaining('Another process is building'));
    expect((await readdir(folder)).filter((name) => name.startsWith('engine-'))).toEqual(['engine-1']);
  });

  it('builds again from other files of the same model', async () => {
    const build = builder();
    const { directory } = await prepareWith(build);
    await writeFile(path.join(own, 'model.safetensors'), 'ten others and more');
    await rm(path.join(folder, 'model.safetensors'));
    await prepareWith(build);
    expect(build).toHaveBeenCalledTimes(2);
    expect(await readFile(path.join(directory, 'encoder.onnx'), 'utf8')).toBe('ten others');
  });

  it('leaves nothing behind of a build that failed, and says why in one sentence', async () => {
    const build: EngineBuild = async (_fromDir, toDir) => {
      await writeFile(path.join(toDir, 'encoder.onnx'), 'half');
      throw new Error('model.safetensors ends too early');
    };
    await expect(prepareWith(build)).rejects.toThrow(
      `The engine’s graphs of fake-whisper can't be built in ${folder}: model.safetensors ends too early.`,
    );
    expect((await readdir(folder)).filter((name) => name.startsWith('engine-'))).toEqual([]);
    await prepareWith(builder());
  });

  it('can be called off, and then leaves nothing behind either', async () => {
    const stop = new AbortController();
    const reason = new Error('Ctrl-C');
    const build: EngineBuild = async (_fromDir, toDir, { signal }) => {
      await writeFile(path.join(toDir, 'encoder.onnx'), 'half');
      stop.abort(reason);
      signal?.throwIfAborted();
      return [];
    };
    await expect(prepareWith(build, { signal: stop.signal })).rejects.toBe(reason);
    expect((await readdir(folder)).filter((name) => name.startsWith('engine-'))).toEqual([]);
  });

  it('removes what a build left behind that was killed long ago, and leaves what another may be at', async () => {
    await prepareWith(builder());
    await discardEngine(hub.entry, cacheDir);
    const [old, recent] = ['engine-1.a.part', 'engine-1.b.part'].map((name) => path.join(folder, name));
    for (const left of [old!, recent!]) await mkdir(left);
    const longAgo = new Date(Date.now() - 24 * 3_600_000);
    await utimes(old!, longAgo, longAgo);
    await prepareWith(builder());
    expect((await readdir(folder)).filter((name) => name.startsWith('engine-')).sort()).toEqual([
      'engine-1',
      'engine-1.b.part',
    ]);
  });
});
