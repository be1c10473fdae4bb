import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@verbatim/contracts/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { inPieces } from '../contract/object-store-contract.ts';
import { FolderObjectStore, type FolderObjectStoreOptions } from './folder-object-store.ts';
import { createMemoryBus } from './memory-bus.ts';

const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const MEGABYTE = 2 ** 20;
const live = () => new AbortController().signal;
/** Another file system than the one of temporary files, on most Linux machines. */
const ELSEWHERE = '/dev/shm';
const isElsewhere = existsSync(ELSEWHERE) && statSync(ELSEWHERE).dev !== statSync(tmpdir()).dev;

describe('the object store of a folder', () => {
  let root = '';
  let folder = '';
  let path = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'verbatim-test-'));
    folder = join(root, 'private', 'objects');
    path = join(root, 'fetched');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(root, { recursive: true, force: true });
  });

  const open = (options: Partial<FolderObjectStoreOptions> = {}) => {
    const clock = new ManualClock();
    return { clock, objects: new FolderObjectStore({ folder, maxBytes: 10 * MEGABYTE, clock, ...options }) };
  };
  const put = (objects: FolderObjectStore, key: string, length: number) =>
    objects.put(key, inPieces(randomBytes(length), 65_536), NO_LIMIT);

  it('makes a folder for nobody else when it is first needed, and removes it', async () => {
    const { objects } = open();
    expect(await objects.fetch('o', path, live())).toBe(false);
    await objects.erase('o');
    expect(existsSync(folder)).toBe(false);
    await put(objects, 'o', 1_000);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'o.object'))).mode & 0o777).toBe(0o600);
    await objects.close();
    expect(existsSync(folder)).toBe(false);
  });

  it('removes its files alone from a folder that was there, those of a process that was killed too', async () => {
    await mkdir(folder, { recursive: true });
    for (const name of ['dead.object', 'dead.part', 'other.txt']) writeFileSync(join(folder, name), 'there');
    const { objects } = open();
    await put(objects, 'o', 1_000);
    expect((await readdir(folder)).sort()).toEqual(['o.object', 'other.txt']);
    await objects.close();
    expect(await readdir(folder)).toEqual(['other.txt']);
  });

  it('is in a new folder for temporary files where none is given, which goes with the bus', async () => {
    vi.stubEnv('TMPDIR', root);
    const bus = createMemoryBus();
    expect(await readdir(root)).toEqual([]);
    await bus.objects.put('o', inPieces(randomBytes(1_000), 1_000), NO_LIMIT);
    const [made] = await readdir(root);
    expect(made).toMatch(/^verbatim-objects-/);
    expect((await stat(join(root, made!))).mode & 0o777).toBe(0o700);
    await bus.objects.fetch('o', path, live());
    await bus[Symbol.asyncDispose]();
    expect(await readdir(root)).toEqual(['fetched']);
    expect((await stat(path)).size).toBe(1_000);
  });

  it('links what is fetched instead of copying it', async () => {
    const { objects } = open();
    await put(objects, 'o', 1_000);
    await objects.fetch('o', path, live());
    expect((await stat(path)).ino).toBe((await stat(join(folder, 'o.object'))).ino);
    await objects.close();
  });

  it.skipIf(!isElsewhere)('copies where it cannot link', async () => {
    const elsewhere = mkdtempSync(join(ELSEWHERE, 'verbatim-test-'));
    const to = join(elsewhere, 'fetched');
    const { objects } = open();
    try {
      await put(objects, 'o', 3 * MEGABYTE + 1);
      expect(await objects.fetch('o', to, live())).toBe(true);
      expect(Buffer.compare(await readFile(to), await readFile(join(folder, 'o.object')))).toBe(0);
      await rm(to);
      const [stop, reason] = [new AbortController(), new Error('cancelled')];
      const fetching = objects.fetch('o', to, stop.signal);
      stop.abort(reason);
      await expect(fetching).rejects.toBe(reason);
      expect(await readdir(elsewhere)).toEqual([]);
    } finally {
      await objects.close();
      await rm(elsewhere, { recursive: true });
    }
  });

  it('removes what it fetched for a signal that aborted meanwhile', async () => {
    const { objects } = open();
    await put(objects, 'o', 1_000);
    const [stop, reason] = [new AbortController(), new Error('cancelled')];
    const fetching = objects.fetch('o', path, stop.signal);
    stop.abort(reason);
    await expect(fetching).rejects.toBe(reason);
    expect(existsSync(path)).toBe(false);
    await objects.close();
  });

  it('leaves space on the file system, and looks again while it writes', async () => {
    let free = 1_000 * MEGABYTE;
    const { objects } = open({ maxBytes: NO_LIMIT, freeBytes: async () => free });
    const source = async function* () {
      for (let i = 0; i < 40; i++) {
        if (i === 10) free = 256 * MEGABYTE;
        yield new Uint8Array(MEGABYTE);
      }
    };
    const full = { code: 'no_capacity', retryAfterMs: 15_000 };
    await expect(objects.put('o', source(), NO_LIMIT)).rejects.toMatchObject(full);
    await expect(put(objects, 'p', 1)).rejects.toMatchObject(full);
    expect(await readdir(folder)).toEqual([]);
    expect(objects.usedBytes).toBe(0);
    free = 1_000 * MEGABYTE;
    expect(await put(objects, 'p', 1)).toEqual({ bytes: 1 });
    await objects.close();
  });

  it('forgets objects that are a day old', async () => {
    const { objects, clock } = open();
    await put(objects, 'o', 1_000);
    await clock.advance(23 * 3_600_000);
    expect(await objects.fetch('o', path, live())).toBe(true);
    await clock.advance(3_600_000);
    expect(await objects.fetch('o', join(root, 'late'), live())).toBe(false);
    expect(clock.pending).toBe(0);
    await objects.close();
  });

  it('keeps no timer and no byte of what is erased, was given up or went with the store', async () => {
    const { objects, clock } = open();
    for (const key of ['erased', 'closed']) await put(objects, key, 1_000);
    await expect(objects.put('large', inPieces(randomBytes(1_000), 100), 999)).rejects.toThrow('larger');
    await objects.erase('erased');
    expect([objects.usedBytes, clock.pending]).toEqual([1_000, 1]);
    await objects.close();
    expect(clock.pending).toBe(0);
  });

  it('has no object whose file somebody else removed', async () => {
    const { objects } = open();
    await put(objects, 'o', 1_000);
    await rm(join(folder, 'o.object'));
    expect(await objects.fetch('o', path, live())).toBe(false);
    await objects.close();
  });

  it('takes nothing any more once it is closed, and keeps nothing of what was under way', async () => {
    await mkdir(folder, { recursive: true });
    const { objects } = open();
    let goOn = () => {};
    const closed = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const source = async function* () {
      yield randomBytes(1_000);
      await closed;
    };
    const putting = objects.put('o', source(), NO_LIMIT);
    putting.catch(() => {});
    await put(objects, 'p', 1);
    await objects.close();
    goOn();
    await expect(putting).rejects.toMatchObject({ code: 'unavailable' });
    await expect(put(objects, 'q', 1)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('says where uploads cannot be kept, and tries again the next time', async () => {
    writeFileSync(join(root, 'private'), 'a file');
    const { objects } = open();
    await expect(put(objects, 'o', 1)).rejects.toThrow(`Uploads cannot be kept in ${folder}: `);
    await rm(join(root, 'private'));
    expect(await put(objects, 'o', 1)).toEqual({ bytes: 1 });
    await objects.close();
  });
});
