import { accessSync, constants, mkdtempSync, statfsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A private folder for files that live no longer than their process. */
export interface Spool extends AsyncDisposable {
  readonly folder: string;
  /** Whether it is in memory: what lies in it meets no disk (but swap). */
  readonly onTmpfs: boolean;
  /** A new name in it. */
  path(): string;
  /** A new folder in it. */
  subfolder(name: string): Promise<string>;
}

const PREFIX = 'verbatim-spool-';
const SHARED_MEMORY = '/dev/shm';
/** Folders that this process uses now; any other one with its number is of an earlier process. */
const inUse = new Set<string>();
/** The type of a tmpfs in statfs(2). */
const TMPFS_MAGIC = 0x01021994;

/**
 * Makes a folder that only this user can read, and removes those that processes left which were killed.
 * @param base where; default: shared memory where the system has it, else its temporary folder.
 */
export async function createSpool(base: string = defaultBase()): Promise<Spool> {
  await mkdir(base, { recursive: true });
  await removeLeftOvers(base);
  // In one step, so that no other spool of this process takes it for a left-over.
  const folder = mkdtempSync(join(base, `${PREFIX}${process.pid}-`));
  inUse.add(folder);
  let files = 0;
  return {
    folder,
    onTmpfs: isTmpfs(folder),
    path: () => join(folder, `${++files}`),
    async subfolder(name) {
      const path = join(folder, name);
      await mkdir(path, { mode: 0o700 });
      return path;
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
      inUse.delete(folder);
    },
  };
}

const isTmpfs = (path: string): boolean => {
  try {
    return statfsSync(path).type === TMPFS_MAGIC;
  } catch {
    return false;
  }
};

const defaultBase = (): string => {
  try {
    accessSync(SHARED_MEMORY, constants.W_OK | constants.X_OK);
    return isTmpfs(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
};

/** Another user's folders can't be removed, which is as it should be. */
async function removeLeftOvers(base: string): Promise<void> {
  for (const name of await readdir(base)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    const path = join(base, name);
    // One with our own number may be of an earlier process: in a container, each has the same.
    const isUsed = Number(pid) === process.pid ? inUse.has(path) : isAlive(Number(pid));
    if (pid === undefined || isUsed) continue;
    await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};
