import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CATALOGUE, type Contents, type ModelEntry, type ModelFile } from './catalogue.ts';
import { absent, contentsDiffer, readContents, sizeDiffers, sizeOf } from './file-contents.ts';

/** Where a model's files lie once they are on this machine. */
export const modelFolder = (entry: Pick<ModelEntry, 'id'>, cacheDir: string): string =>
  join(cacheDir, 'models', entry.id);

export type FileState = 'ok' | 'missing' | 'broken';

export interface FileReport {
  readonly name: string;
  readonly state: FileState;
  /** For people: what differs; empty when nothing does. */
  readonly detail: string;
  /** Of the file as it is, if it was read to its end. */
  readonly sha256?: string;
}

/** Compares one file with what it should be, reading all of it unless its size is already wrong. */
export const checkFile = async (
  file: Pick<ModelFile, 'name'> & Contents,
  path: string,
  signal?: AbortSignal,
): Promise<FileReport> => {
  const { name } = file;
  const size = await sizeOf(path);
  if (size === undefined) return { name, state: 'missing', detail: 'not there' };
  const wrongSize = sizeDiffers(file, size);
  if (wrongSize !== '') return { name, state: 'broken', detail: wrongSize };
  const found = await readContents(path, file, signal);
  if (found === undefined) return { name, state: 'missing', detail: 'not there' };
  const detail = contentsDiffer(file, found);
  return { name, state: detail === '' ? 'ok' : 'broken', detail, sha256: found.sha256 };
};

/** Re-reads and compares every file of a model, with the catalogue or with what was noted when it was installed. */
export const verifyModel = async (
  entry: ModelEntry,
  cacheDir: string,
  signal?: AbortSignal,
): Promise<readonly FileReport[]> => {
  const folder = modelFolder(entry, cacheDir);
  const stamp = await readStamp(folder);
  const reports: FileReport[] = [];
  for (const file of entry.files) {
    const wanted = { ...file, ...wantedOf(entry, file, stamp) };
    reports.push(await checkFile(wanted, join(folder, file.name), signal));
  }
  return reports;
};

// Remembers that the files were read and found right, and what they looked like then.
const STAMP = 'verified.json';
const stampSchema = z.record(
  z.string(),
  z.object({
    sha256: z.string(),
    size: z.number(),
    mtimeMs: z.number(),
    /** Who vouches for a file whose SHA-256 is not the catalogue's; see `originOf` and `OWN_FILES`. */
    origin: z.string().optional(),
  }),
);
type Stamp = z.infer<typeof stampSchema>;

/** The origin of files that the user's own folder gave, where they are not the published ones. */
export const OWN_FILES = 'own files';

/** The origin of files whose hashes the repository said: those of another revision say nothing about this one's. */
export const originOf = ({ source }: ModelEntry): string | undefined =>
  source.kind === 'huggingface' ? `${source.repository}@${source.revision}` : undefined;

/** A file's contents as they must be: the catalogue's, or what was noted of them where it has none to compare with. */
const wantedOf = (entry: ModelEntry, file: ModelFile, stamp: Stamp | undefined): Contents => {
  const { size, sha256, gitSha1 } = file;
  const noted = stamp?.[file.name];
  if (noted?.origin === undefined) return { size, sha256, gitSha1 };
  if (noted.origin === OWN_FILES) return { size: noted.size, sha256: noted.sha256, gitSha1: undefined };
  if (noted.origin !== originOf(entry)) return { size, sha256, gitSha1 };
  return { size: size ?? noted.size, sha256: sha256 ?? noted.sha256, gitSha1 };
};

/** A file that was verified: its SHA-256, and who vouches for it if not the catalogue. */
export interface VerifiedFile {
  readonly name: string;
  readonly sha256: string;
  readonly origin?: string | undefined;
}

/** Notes that every file of the model in `folder` has just been verified. */
export const writeStamp = async (folder: string, files: readonly VerifiedFile[]): Promise<void> => {
  const stamp: Stamp = {};
  for (const { name, sha256, origin } of files) {
    const { size, mtimeMs } = await stat(join(folder, name));
    stamp[name] = { sha256, size, mtimeMs, ...(origin !== undefined && { origin }) };
  }
  const draft = join(folder, `${STAMP}.${process.pid}`);
  await writeFile(draft, `${JSON.stringify(stamp, null, 2)}\n`);
  await rename(draft, join(folder, STAMP));
};

/** Notes anew what `verifyModel` found right, with the origins that were noted before. */
export const renewStamp = async (folder: string, reports: readonly FileReport[]): Promise<void> => {
  const before = await readStamp(folder);
  const files = reports.map(({ name, sha256 = '' }) => ({ name, sha256, origin: before?.[name]?.origin }));
  await writeStamp(folder, files);
};

/**
 * Whether the model is here and was verified, without reading its files: they have the size and modification time that
 * they had when they were, and the same contents are still asked for.
 */
export const isStamped = async (entry: ModelEntry, folder: string): Promise<boolean> => {
  const stamp = await readStamp(folder);
  if (!stamp) return false;
  for (const file of entry.files) {
    const noted = stamp[file.name];
    const now = await stat(join(folder, file.name)).catch(absent);
    if (!noted || !now || noted.sha256 !== wantedOf(entry, file, stamp).sha256) return false;
    if (now.size !== noted.size || !isSameTime(now.mtimeMs, noted.mtimeMs)) return false;
  }
  return true;
};

/** Container images and archives keep modification times in whole seconds, cut off or rounded. */
const isSameTime = (now: number, noted: number): boolean =>
  now === noted || (now % 1000 === 0 && Math.abs(now - noted) < 1000);

/** The SHA-256 of each of the model's files as it lies in `folder`, which is stamped. */
export const storedHashes = async (entry: ModelEntry, folder: string): Promise<readonly string[]> => {
  const stamp = await readStamp(folder);
  return entry.files.map(({ name }) => stamp?.[name]?.sha256 ?? '');
};

/** Whether a model that is here consists, in part at least, of the user's own files. */
const isOwn = async (folder: string): Promise<boolean> =>
  Object.values((await readStamp(folder)) ?? {}).some(({ origin }) => origin === OWN_FILES);

const readStamp = async (folder: string): Promise<Stamp | undefined> =>
  readFile(join(folder, STAMP), 'utf8').then(parseStamp, absent);

const parseStamp = (text: string): Stamp | undefined => {
  try {
    return stampSchema.parse(JSON.parse(text));
  } catch {
    // A stamp that can't be read says nothing; the files are read instead.
    return undefined;
  }
};

export interface ListedModel {
  readonly entry: ModelEntry;
  readonly folder: string;
  /** Here and verified, by the quick check. */
  readonly installed: boolean;
  /** Here, but from files of the user's own. */
  readonly own: boolean;
  /** Of all files together. */
  readonly bytes: number;
  /** Whether `bytes` is only roughly known. */
  readonly about: boolean;
}

/** Every model of the catalogue, and whether it is on this machine. */
export const listModels = (cacheDir: string, catalogue: readonly ModelEntry[] = CATALOGUE): Promise<ListedModel[]> =>
  Promise.all(
    catalogue.map(async (entry) => {
      const folder = modelFolder(entry, cacheDir);
      const bytes = entry.files.reduce((sum, { size, about = 0 }) => sum + (size ?? about), 0);
      const about = entry.files.some(({ size }) => size === undefined);
      const installed = await isStamped(entry, folder);
      return { entry, folder, installed, own: installed && (await isOwn(folder)), bytes, about };
    }),
  );
