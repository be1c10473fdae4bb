import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findModel } from './catalogue.ts';
import { discardEngine, prepareEngine } from './prepare-engine.ts';

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
    // When this fails, the builder has changed: raise BUILDER_VERSION, or caches keep the old graphs, and write the
    // new version and hashes here.
    const { directory } = await prepare();
    const stamp = JSON.parse(await readFile(path.join(directory, 'built.json'), 'utf8'));
    expect({ version: path.basename(directory), files: stamp.files }).toMatchObject({
      version: 'engine-1',
      files: [{ sha256: expect.stringMatching(/^91a10934/) }, { sha256: expect.stringMatching(/^e69d5142/) }],
    });
  });
});
