import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** How the names of objects end, and of those under way. */
export const OBJECT_FILE = '.object';
export const PART_FILE = '.part';

/** Where a process keeps objects: made when it is first asked for, for this user only. */
export class ObjectFolder {
  readonly #given: string | null;
  #opened: Promise<Opened> | null = null;

  /** Default: a new folder for temporary files. */
  constructor(folder?: string) {
    this.#given = folder === undefined ? null : resolve(folder);
  }

  /** Rejects with a sentence for people if there can be no such folder. */
  async path(): Promise<string> {
    this.#opened ??= open(this.#given);
    try {
      return (await this.#opened).path;
    } catch (error) {
      this.#opened = null;
      const where = this.#given ?? tmpdir();
      throw new Error(`Uploads cannot be kept in ${where}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  }

  /** Removes the folder if it was made here, or else the objects in it. */
  async remove(): Promise<void> {
    const opened = await this.#opened?.catch(() => null);
    if (opened === null || opened === undefined) return;
    if (opened.isOurs) await rm(opened.path, { recursive: true, force: true });
    else await removeObjects(opened.path);
  }
}

interface Opened {
  readonly path: string;
  readonly isOurs: boolean;
}

const open = async (given: string | null): Promise<Opened> => {
  if (given === null) return { path: await mkdtemp(join(tmpdir(), 'verbatim-objects-')), isOurs: true };
  // The topmost folder that had to be made; undefined if there was none.
  const made = await mkdir(given, { recursive: true, mode: 0o700 });
  // A process that was killed could not do it.
  if (made === undefined) await removeObjects(given);
  return { path: given, isOurs: made !== undefined };
};

const removeObjects = async (folder: string): Promise<void> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(OBJECT_FILE) || name.endsWith(PART_FILE));
  for (const name of names) await rm(join(folder, name), { force: true });
};
