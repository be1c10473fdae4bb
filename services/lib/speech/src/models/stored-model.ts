import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { CATALOGUE, type ModelEntry, type ModelFile } from './catalogue.ts';

/** Where a model's files lie once they are on this machine. */
export const modelFolder = (entry: Pick<ModelEntry, 'id'>, cacheDir: string): string =>
  join(cacheDir, 'models', entry.id);

export type FileState = 'ok' | 'missing' | 'broken';

export interface FileReport {
  readonly name: string;
  readonly state: FileState;
  /** For people: what differs; empty when nothing does. */
  readonly detail: string;
}

/** Compares one file with the catalogue, reading all of it unless its size is already wrong. */
export const checkFile = async (file: ModelFile, path: string, signal?: AbortSignal): Promise<FileReport> => {
  const { name } = file;
  const size = await sizeOf(path);
  if (size === undefined) return { name, state: 'missing', detail: 'not there' };
  if (size !== file.size) return { name, state: 'broken', detail: `${size} bytes in place of ${file.size}` };
  const sha256 = await sha256Of(path, signal);
  if (sha256 !== file.sha256) return { name, state: 'broken', detail: `SHA-256 ${sha256} in place of ${file.sha256}` };
  return { name, state: 'ok', detail: '' };
};

const sizeOf = async (path: string): Promise<number | undefined> => {
  const found = await stat(path).catch(absent);
  return found?.isFile() ? found.size : undefined;
};

const absent = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
  return undefined;
};

const sha256Of = async (path: string, signal: AbortSignal | undefined): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, signal ? { signal } : {});
  return hash.digest('hex');
};

/** Re-reads and compares every file of a model. */
export const verifyModel = async (
  entry: ModelEntry,
  cacheDir: string,
  signal?: AbortSignal,
): Promise<readonly FileReport[]> => {
  const folder = modelFolder(entry, cacheDir);
  const reports: FileReport[] = [];
  for (const file of entry.files) reports.push(await checkFile(file, join(folder, file.name), signal));
  return reports;
};

// Remembers that the files were read and found right, and what they looked like then.
const STAMP = 'verified.json';
const stampSchema = z.record(z.string(), z.object({ sha256: z.string(), size: z.number(), mtimeMs: z.number() }));

/** Notes that every file of the model in `folder` has just been verified. */
export const writeStamp = async (entry: ModelEntry, folder: string): Promise<void> => {
  const stamp: z.infer<typeof stampSchema> = {};
  for (const { name, sha256 } of entry.files) {
    const { size, mtimeMs } = await stat(join(folder, name));
    stamp[name] = { sha256, size, mtimeMs };
  }
  const draft = join(folder, `${STAMP}.${process.pid}`);
  await writeFile(draft, `${JSON.stringify(stamp, null, 2)}\n`);
  await rename(draft, join(folder, STAMP));
};

/**
 * Whether the model is here and was verified, without reading its files: they have the size and modification time that
 * they had when they were, and the catalogue still asks for the same contents.
 */
export const isStamped = async (entry: ModelEntry, folder: string): Promise<boolean> => {
  const stamp = await readFile(join(folder, STAMP), 'utf8').then(parseStamp, absent);
  if (!stamp) return false;
  for (const { name, sha256 } of entry.files) {
    const noted = stamp[name];
    const now = await stat(join(folder, name)).catch(absent);
    if (!noted || !now || noted.sha256 !== sha256) return false;
    if (now.size !== noted.size || now.mtimeMs !== noted.mtimeMs) return false;
  }
  return true;
};

const parseStamp = (text: string): z.infer<typeof stampSchema> | undefined => {
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
  /** Of all files together. */
  readonly bytes: number;
}

/** Every model of the catalogue, and whether it is on this machine. */
export const listModels = (cacheDir: string, catalogue: readonly ModelEntry[] = CATALOGUE): Promise<ListedModel[]> =>
  Promise.all(
    catalogue.map(async (entry) => {
      const folder = modelFolder(entry, cacheDir);
      const bytes = entry.files.reduce((sum, file) => sum + file.size, 0);
      return { entry, folder, installed: await isStamped(entry, folder), bytes };
    }),
  );
