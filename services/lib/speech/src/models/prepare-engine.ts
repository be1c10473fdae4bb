import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { BuiltFile } from '../engines/built-file.ts';
import { buildMoonshineGraphs } from '../engines/moonshine/build.ts';
import { buildWhisper } from '../engines/whisper/build.ts';
import type { EngineSource } from '../scheduler/decode-pool.ts';
import type { ModelEntry, ModelFamily } from './catalogue.ts';
import { withLock } from './file-lock.ts';
import { ModelError, reasonOf } from './model-error.ts';
import { pullModel } from './pull.ts';
import type { PullOptions } from './pull-options.ts';
import { modelFolder, storedHashes } from './stored-model.ts';

/** Builds the graphs that an engine loads from a model's files in `fromDir` into `toDir`. */
export type EngineBuild = (
  fromDir: string,
  toDir: string,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (done: number, total: number) => void },
) => Promise<readonly BuiltFile[]>;

interface Builder {
  /** Goes up whenever the builder's output changes, so that graphs of an older version are built anew. */
  readonly version: number;
  readonly build: EngineBuild;
}

const BUILDERS: Record<ModelFamily, Builder> = {
  moonshine: { version: 2, build: (fromDir, toDir) => buildMoonshineGraphs(fromDir, toDir) },
  whisper: { version: 1, build: buildWhisper },
};

const STAMP = 'built.json';

const stampSchema = z.object({
  source: z.string(),
  files: z.array(z.object({ name: z.string(), bytes: z.number(), sha256: z.string() })),
});

export interface PrepareOptions extends PullOptions {
  /** Called before the engine's graphs are built, once for each model: a second for a small one, minutes for a large one. */
  readonly onBuild?: () => void;
  /** How far the build is, in the builder's own steps. */
  readonly onBuildProgress?: (done: number, total: number) => void;
  /** Default: the builder of the model's family. */
  readonly build?: EngineBuild;
}

/**
 * Makes a model ready to be loaded: its files on this machine, and the engine's own graphs built from them. Safe to run
 * in several processes at once: one of them builds.
 * @throws ModelError with one sentence when the model can't be had; the signal's reason when it aborts.
 */
export async function prepareEngine(entry: ModelEntry, options: PrepareOptions): Promise<EngineSource> {
  const { log, signal } = options;
  const folder = await pullModel(entry, options);
  const directory = engineFolder(entry, folder);
  const source = (await storedHashes(entry, folder)).join(' ');
  if (!(await isBuilt(directory, source))) {
    const onWait = () => log?.(`Another process is building the engine’s graphs of ${entry.id}; waiting for it.`);
    await withLock(`${directory}.lock`, { signal, onWait }, async () => {
      // Looked at again: another process may have finished while this one waited for the lock.
      if (!(await isBuilt(directory, source))) await buildAside(entry, { folder, directory, source }, options);
    });
  }
  return { family: entry.family, directory, threads: 1 };
}

/** Forgets the graphs that were built: the next prepareEngine builds them anew from the model's files. */
export async function discardEngine(entry: ModelEntry, cacheDir: string): Promise<void> {
  await rm(engineFolder(entry, modelFolder(entry, cacheDir)), { recursive: true, force: true });
}

const engineFolder = ({ family }: ModelEntry, folder: string): string =>
  path.join(folder, `engine-${BUILDERS[family].version}`);

interface Site {
  /** The model's files. */
  readonly folder: string;
  /** Where the graphs go. */
  readonly directory: string;
  /** What they are built from. */
  readonly source: string;
}

/** Builds into a folder of its own, which takes its place only when it is whole. */
async function buildAside(entry: ModelEntry, site: Site, options: PrepareOptions): Promise<void> {
  const { folder, directory, source } = site;
  const { signal, onBuildProgress, build = BUILDERS[entry.family].build } = options;
  options.onBuild?.();
  await removeAbandoned(directory);
  const aside = `${directory}.${randomUUID()}${ASIDE}`;
  try {
    await mkdir(aside);
    const built = await build(folder, aside, {
      ...(signal && { signal }),
      ...(onBuildProgress && { onProgress: onBuildProgress }),
    });
    signal?.throwIfAborted();
    const files = built.map((file) => ({
      name: path.relative(aside, file.path),
      bytes: file.bytes,
      sha256: file.sha256,
    }));
    await writeFile(path.join(aside, STAMP), JSON.stringify({ source, files }));
    await rm(directory, { recursive: true, force: true });
    await rename(aside, directory);
  } catch (error) {
    signal?.throwIfAborted();
    // A lock that was taken over let two processes build at once, and the other one was first.
    if (await isBuilt(directory, source)) return;
    if (error instanceof ModelError) throw error;
    throw new ModelError(`The engine’s graphs of ${entry.id} can't be built in ${folder}: ${reasonOf(error)}.`, {
      cause: error,
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

const ASIDE = '.part';
/** Longer than any build takes. */
const ABANDONED_MS = 6 * 3_600_000;

/** Removes what builds left behind that were killed: as much as the model itself. */
async function removeAbandoned(directory: string): Promise<void> {
  const parent = path.dirname(directory);
  for (const name of await readdir(parent)) {
    if (!name.startsWith('engine-') || !name.endsWith(ASIDE)) continue;
    const left = path.join(parent, name);
    const status = await stat(left).catch(() => undefined);
    if (status && Date.now() - status.mtimeMs > ABANDONED_MS) await rm(left, { recursive: true, force: true });
  }
}

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
