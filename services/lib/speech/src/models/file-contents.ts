import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Contents } from './catalogue.ts';

/** A file's contents, read. */
export interface ReadContents {
  readonly size: number;
  readonly sha256: string;
  /** Only where it was wanted. */
  readonly gitSha1: string | undefined;
}

/** Gives undefined for "there is no such file", and throws all else. */
export const absent = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
  return undefined;
};

export const sizeOf = async (path: string): Promise<number | undefined> => {
  const found = await stat(path).catch(absent);
  return found?.isFile() ? found.size : undefined;
};

/** Reads a file to its end, for a comparison with `wanted`; undefined if it is not there. */
export const readContents = async (
  path: string,
  wanted: Contents,
  signal?: AbortSignal,
): Promise<ReadContents | undefined> => {
  const size = await sizeOf(path);
  if (size === undefined) return undefined;
  const sha256 = createHash('sha256');
  // As git names a file's contents: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
  const gitSha1 = wanted.gitSha1 === undefined ? undefined : createHash('sha1').update(`blob ${size}\0`);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, ...(signal && { signal }) })) {
    sha256.update(chunk);
    gitSha1?.update(chunk);
  }
  return { size, sha256: sha256.digest('hex'), gitSha1: gitSha1?.digest('hex') };
};

/** Whether contents that answer to `wanted` are certain to be the right ones. */
export const isPinned = (wanted: Contents): boolean => wanted.sha256 !== undefined || wanted.gitSha1 !== undefined;

/** What is wrong with a file of `size` bytes, without reading it; empty if nothing is. */
export const sizeDiffers = (wanted: Contents, size: number): string =>
  wanted.size === undefined || wanted.size === size ? '' : `${size} bytes in place of ${wanted.size}`;

/** What differs from the wanted contents, for people; empty if nothing does. */
export const contentsDiffer = (wanted: Contents, found: ReadContents): string => {
  const size = sizeDiffers(wanted, found.size);
  if (size !== '') return size;
  if (wanted.sha256 !== undefined && wanted.sha256 !== found.sha256) {
    return `SHA-256 ${found.sha256} in place of ${wanted.sha256}`;
  }
  if (wanted.gitSha1 !== undefined && wanted.gitSha1 !== found.gitSha1) {
    return `git’s SHA-1 ${found.gitSha1} in place of ${wanted.gitSha1}`;
  }
  return isPinned(wanted) ? '' : 'its checksum is not known';
};
