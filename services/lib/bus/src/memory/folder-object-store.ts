import { createReadStream } from 'node:fs';
import { type FileHandle, link, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, SttError } from '@verbatim/contracts';
import { makeFile } from '../new-file.ts';
import { checkObjectKey, keyIsTaken, limited, OBJECT_MAX_AGE_MS, storeIsFull } from '../object-rules.ts';
import type { ObjectStore } from '../ports.ts';
import { OBJECT_FILE, ObjectFolder, PART_FILE } from './object-folder.ts';

/** Left free on the file system for everybody else. */
const FREE_MARGIN_BYTES = 256 * 2 ** 20;
/** How much is written between two looks at the file system's free space. */
const LOOK_EVERY_BYTES = 16 * 2 ** 20;
/** Another file system, one without links or full of them, or a file that may not be linked to. */
const CANNOT_LINK = ['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];
const NO_SPACE = ['ENOSPC', 'EDQUOT'];

export interface FolderObjectStoreOptions {
  /** A folder for this alone: what an earlier process left there is removed. Default: a new one for temporary files. */
  readonly folder?: string;
  /** Bytes of all objects together, those under way included. */
  readonly maxBytes: number;
  /** Time for the greatest age of objects. */
  readonly clock: Clock;
  /** Bytes that a user may still write to the folder's file system. Default: what the system says. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

interface StoredObject {
  readonly bytes: number;
  readonly stopTimer: () => void;
}

/**
 * Objects as files in a folder of this process; nothing outlives it. A fetched file is a link where that is possible, so
 * it is there still when its object is erased, and must not be written to.
 */
export class FolderObjectStore implements ObjectStore {
  readonly #options: FolderObjectStoreOptions;
  readonly #folder: ObjectFolder;
  readonly #objects = new Map<string, StoredObject>();
  readonly #underWay = new Set<string>();
  #usedBytes = 0;
  #isClosed = false;

  constructor(options: FolderObjectStoreOptions) {
    this.#options = options;
    this.#folder = new ObjectFolder(options.folder);
  }

  /** Bytes of all objects, those under way included. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  async put(key: string, content: AsyncIterable<Uint8Array>, maxBytes: number): Promise<{ readonly bytes: number }> {
    checkObjectKey(key);
    if (this.#objects.has(key) || this.#underWay.has(key)) throw keyIsTaken(key);
    this.#underWay.add(key);
    let bytes = 0;
    try {
      const folder = await this.#open();
      const part = join(folder, key + PART_FILE);
      await makeFile(part, async (file) => {
        let unlooked = Number.POSITIVE_INFINITY;
        for await (const piece of limited(content, maxBytes)) {
          if (this.#usedBytes + piece.length > this.#options.maxBytes) throw storeIsFull(undefined);
          this.#usedBytes += piece.length;
          bytes += piece.length;
          unlooked += piece.length;
          if (unlooked >= LOOK_EVERY_BYTES) {
            await this.#lookForSpace(folder);
            unlooked = 0;
          }
          await write(file, piece);
        }
        return true;
      });
      await this.#keep(key, bytes, part, join(folder, key + OBJECT_FILE));
      return { bytes };
    } catch (error) {
      this.#usedBytes -= bytes;
      throw error;
    } finally {
      this.#underWay.delete(key);
    }
  }

  async fetch(key: string, path: string, signal: AbortSignal): Promise<boolean> {
    checkObjectKey(key);
    signal.throwIfAborted();
    if (!this.#objects.has(key)) return false;
    const object = join(await this.#open(), key + OBJECT_FILE);
    if (!(await isFile(object))) return false;
    if (!(await tryLink(object, path))) return await copy(object, path, signal);
    if (!signal.aborted) return true;
    await rm(path, { force: true });
    throw signal.reason;
  }

  async erase(key: string): Promise<void> {
    checkObjectKey(key);
    const object = this.#objects.get(key);
    if (object === undefined) return;
    object.stopTimer();
    this.#objects.delete(key);
    await rm(join(await this.#folder.path(), key + OBJECT_FILE), { force: true });
    this.#usedBytes -= object.bytes;
  }

  /** Removes every object; what is under way fails. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { stopTimer } of this.#objects.values()) stopTimer();
    this.#objects.clear();
    await this.#folder.remove();
  }

  async #open(): Promise<string> {
    if (this.#isClosed) throw isGone();
    return await this.#folder.path();
  }

  async #keep(key: string, bytes: number, part: string, object: string): Promise<void> {
    if (this.#isClosed) {
      await rm(part, { force: true });
      throw isGone();
    }
    await rename(part, object);
    const stopTimer = this.#options.clock.after(OBJECT_MAX_AGE_MS, () => {
      this.erase(key).catch(() => {
        // It counts as there until the process ends; the folder is removed then.
      });
    });
    this.#objects.set(key, { bytes, stopTimer });
  }

  async #lookForSpace(folder: string): Promise<void> {
    const { freeBytes = systemFreeBytes } = this.#options;
    const free = await freeBytes(folder);
    if (free >= FREE_MARGIN_BYTES + LOOK_EVERY_BYTES) return;
    throw storeIsFull(new Error(`${folder} has ${free} bytes left on its file system`));
  }
}

const isGone = (): SttError => new SttError('unavailable', 'The server is stopping.', { retryAfterMs: 1_000 });

const systemFreeBytes = async (folder: string): Promise<number> => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

const write = async (file: FileHandle, piece: Uint8Array): Promise<void> => {
  try {
    await file.writeFile(piece);
  } catch (error) {
    throw NO_SPACE.includes(codeOf(error)) ? storeIsFull(error) : error;
  }
};

const isFile = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
};

const tryLink = async (from: string, to: string): Promise<boolean> => {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (CANNOT_LINK.includes(codeOf(error))) return false;
    throw error;
  }
};

const copy = (from: string, to: string, signal: AbortSignal): Promise<boolean> =>
  makeFile(to, async (file) => {
    for await (const piece of createReadStream(from, { highWaterMark: 2 ** 20 })) {
      signal.throwIfAborted();
      await file.writeFile(piece);
    }
    signal.throwIfAborted();
    return true;
  });
