import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answer, StatusError } from './http.ts';
import { downloadResumably } from './resumable-download.ts';

const WHOLE = Buffer.from('0123456789');
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verbatim-download-'));
  path = join(folder, 'file');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function* bytes(from: number, to: number): AsyncIterable<Uint8Array> {
  yield WHOLE.subarray(from, to);
}

/** Gives at most `most` bytes at a time and then ends as if all were well. */
const stingy = (most: number) =>
  vi.fn(
    async (from: number): Promise<Answer> => ({
      start: from,
      total: WHOLE.length,
      body: bytes(from, from + most),
    }),
  );

describe('a resumable download', () => {
  it('asks for the rest as long as an answer ends early without an error, however often', async () => {
    const read = stingy(3);
    await downloadResumably({ read, path, retryDelaysMs: [0] });
    expect(await readFile(path, 'utf8')).toBe('0123456789');
    expect(read.mock.calls.map(([from]) => from)).toEqual([0, 3, 6, 9]);
  });

  it('gives up on answers that bring nothing', async () => {
    const read = stingy(0);
    await expect(downloadResumably({ read, path, retryDelaysMs: [0, 0] })).rejects.toThrow(
      'the connection ended after 0 of 10 bytes',
    );
    expect(read).toHaveBeenCalledTimes(3);
  });

  it('leaves a file that has no more bytes to come as it is', async () => {
    await writeFile(path, WHOLE);
    const read = () => Promise.reject(new StatusError(416, 'it answered 416'));
    await downloadResumably({ read, path });
    expect(await readFile(path, 'utf8')).toBe('0123456789');
  });

  it('does not try again when it is refused or the disk is full', async () => {
    for (const error of [new StatusError(403, 'no'), Object.assign(new Error('full'), { code: 'ENOSPC' })]) {
      const read = vi.fn(() => Promise.reject(error));
      await expect(downloadResumably({ read, path, retryDelaysMs: [0, 0] })).rejects.toBe(error);
      expect(read).toHaveBeenCalledOnce();
    }
  });

  it('refuses bytes from a place that it did not ask for', async () => {
    await writeFile(path, '01234');
    const read = async (): Promise<Answer> => ({ start: 7, total: 10, body: bytes(7, 10) });
    await expect(downloadResumably({ read, path, retryDelaysMs: [] })).rejects.toThrow(
      'the server sent byte 7 when asked for byte 5',
    );
    expect(await readFile(path, 'utf8')).toBe('01234');
  });
});
