import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { buildMoonshineGraphs } from '../engines/moonshine/build.ts';
import type { EngineSource } from '../scheduler/decode-pool.ts';
import type { ModelEntry } from './catalogue.ts';
import { type PullOptions, pullModel } from './pull.ts';
import { modelFolder } from './stored-model.ts';

/** Goes up whenever the builder's output changes, so that graphs of an older version are built anew. */
const BUILDER_VERSION = 1;
const STAMP = 'built.json';

const stampSchema = z.object({
  source: z.string(),
  files: z.array(z.object({ name: z.string(), bytes: z.number(), sha256: z.string() })),
});

export interface PrepareOptions extends PullOptions {
  /** Called before the engine's graphs are built: about a second, once for each model. */
  readonly onBuild?: () => void;
}

/**
 * Makes a model ready to be loaded: its files on this machine, and the engine's own graphs built from them.
 * @throws ModelError with one sentence when the model can't be had; the signal's reason when it aborts.
 */
export async function prepareEngine(entry: ModelEntry, options: PrepareOptions): Promise<EngineSource> {
  const folder = await pullModel(entry, options);
  const directory = engineFolder(folder);
  const source = entry.files.map(({ sha256 }) => sha256).join(' ');
  if (!(await isBuilt(directory, source))) {
    options.onBuild?.();
    const built = await buildMoonshineGraphs(folder, directory);
    const files = built.map((file) => ({ name: path.basename(file.path), bytes: file.bytes, sha256: file.sha256 }));
    await writeFile(path.join(directory, STAMP), JSON.stringify({ source, files }));
  }
  return { family: entry.family, directory, threads: 1 };
}

/** Forgets the graphs that were built: the next prepareEngine builds them anew from the model's files. */
export async function discardEngine(entry: ModelEntry, cacheDir: string): Promise<void> {
  await rm(engineFolder(modelFolder(entry, cacheDir)), { recursive: true, force: true });
}

const engineFolder = (folder: string): string => path.join(folder, `engine-${BUILDER_VERSION}`);

/** Whether the graphs of just these model files are there, whole as far as their sizes tell. */
async function isBuilt(directory: string, source: string): Promise<boolean> {
  try {
    const stamp = stampSchema.parse(JSON.parse(await readFile(path.join(directory, STAMP), 'utf8')));
    const sizes = await Promise.all(stamp.files.map(async ({ name }) => (await stat(path.join(directory, name))).size));
    return stamp.source === source && stamp.files.every(({ bytes }, i) => sizes[i] === bytes);
  } catch {
    // No stamp, a stamp of another shape, or a file that is gone: all mean that the graphs must be built.
    return false;
  }
}
