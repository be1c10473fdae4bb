import { randomUUID } from 'node:crypto';
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

const BEAT_MS = 2_000;
/** Five beats missed: the holder is gone, or its machine is. */
const STALE_MS = 10_000;
const POLL_MS = 200;

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once if another process holds the lock. */
  readonly onWait?: () => void;
}

/**
 * Runs `run` while holding the file `path` as a lock between processes. A lock whose process has died is taken over:
 * at once on the same machine, after ten seconds where the folder is shared between machines. Two processes that take
 * over the same dead lock at the same moment may both run, so what `run` does must only be wasteful then, not wrong.
 */
export const withLock = async <T>(path: string, { signal, onWait }: LockOptions, run: () => Promise<T>): Promise<T> => {
  const holder = `${hostname()} ${process.pid} ${randomUUID()}`;
  let told = false;
  while (!(await create(path, holder))) {
    if (await isDead(path)) {
      await rm(path, { force: true });
      continue;
    }
    if (!told) onWait?.();
    told = true;
    await pause(POLL_MS, undefined, signal ? { signal } : {});
  }
  const beat = setInterval(() => {
    const now = new Date();
    // Taken over or erased: there is nothing to keep fresh.
    utimes(path, now, now).catch(() => undefined);
  }, BEAT_MS);
  try {
    return await run();
  } finally {
    clearInterval(beat);
    if ((await read(path)) === holder) await rm(path, { force: true });
  }
};

const create = async (path: string, holder: string): Promise<boolean> => {
  try {
    await writeFile(path, holder, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};

const read = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);

const isDead = async (path: string): Promise<boolean> => {
  const [holder, status] = await Promise.all([read(path), stat(path).catch(() => undefined)]);
  if (holder === undefined || status === undefined) return false;
  const [host, pid] = holder.split(' ');
  return (host === hostname() && !isAlive(Number(pid))) || Date.now() - status.mtimeMs > STALE_MS;
};

const isAlive = (pid: number): boolean => {
  // Between its creation and its first write a lock is empty; its age decides then.
  if (!Number.isInteger(pid) || pid <= 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
};
