import { open, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, StatusError } from './http.ts';
import { ModelError } from './model-error.ts';

export interface DownloadProgress {
  /** Bytes on this machine, those of an earlier try included. */
  readonly receivedBytes: number;
  readonly totalBytes: number | undefined;
}

export interface DownloadOptions {
  /** Asks for the file from a byte on. A ModelError that it throws is final. */
  readonly read: (from: number, signal?: AbortSignal) => Promise<Answer>;
  /** The file to write or to continue. */
  readonly path: string;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Waits between tries that bring nothing new; when they are used up, the last error is thrown. */
  readonly retryDelaysMs?: readonly number[] | undefined;
}

const DISK_TROUBLE = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EFBIG', 'EIO', 'EISDIR']);

/** Whether an error came from writing to this machine's disk, where trying again does not help. */
export const isDiskTrouble = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && DISK_TROUBLE.has(String(error.code));

/**
 * Brings a file here completely, going on where an earlier try stopped, also one of an earlier process. Whether the
 * bytes are right is for the caller to check: a file that was already complete is left as it is.
 */
export const downloadResumably = async (options: DownloadOptions): Promise<void> => {
  const { path, signal, retryDelaysMs = [500, 1_000, 2_000] } = options;
  let barren = 0;
  for (;;) {
    const before = await sizeOf(path);
    try {
      await continueOnce(options, before);
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof StatusError) {
        // 416: there is nothing after what we have.
        if (error.status === 416) return;
        throw error;
      }
      if (isDiskTrouble(error) || error instanceof ModelError) throw error;
      barren = (await sizeOf(path)) > before ? 0 : barren + 1;
      if (barren > retryDelaysMs.length) throw error;
      await pause(retryDelaysMs[Math.max(barren - 1, 0)], undefined, signal ? { signal } : {});
    }
  }
};

const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0;

const continueOnce = async ({ read, path, onProgress, signal }: DownloadOptions, have: number): Promise<void> => {
  const { start, total, body } = await read(have, signal);
  // An answer that starts elsewhere than asked for, as from a server without ranges, is taken from its beginning.
  if (start !== have && start !== 0) throw new Error(`the server sent byte ${start} when asked for byte ${have}`);
  await using file = await open(path, start === 0 ? 'w' : 'a');
  let received = start;
  onProgress?.({ receivedBytes: received, totalBytes: total });
  for await (const chunk of body) {
    signal?.throwIfAborted();
    await file.appendFile(chunk);
    received += chunk.byteLength;
    onProgress?.({ receivedBytes: received, totalBytes: total });
  }
  if (total !== undefined && received < total)
    throw new Error(`the connection ended after ${received} of ${total} bytes`);
};
