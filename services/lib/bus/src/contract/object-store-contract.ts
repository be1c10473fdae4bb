import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MakeBus, newId, useBus } from './bus-under-test.ts';

const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const live = () => new AbortController().signal;
const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** `bytes` in pieces of `size`. */
export async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What every ObjectStore does; run it against each adapter. */
export const objectStoreContract = (makeBus: MakeBus): void => {
  describe('an object store', () => {
    const fixture = useBus(makeBus);
    let folder = '';
    const keys: string[] = [];
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'verbatim-fetched-'));
    });
    afterEach(async () => {
      for (const key of keys.splice(0)) await fixture.current.bus.objects.erase(key);
      await rm(folder, { recursive: true, force: true });
    });

    const open = () => {
      const key = newId('object');
      keys.push(key);
      return { objects: fixture.current.bus.objects, key, path: join(folder, 'fetched') };
    };
    const expectNothing = async (key: string) => {
      expect(await fixture.current.bus.objects.fetch(key, join(folder, 'nothing'), live())).toBe(false);
      expect(await readdir(folder)).not.toContain('nothing');
    };

    it.each([
      ['of no bytes', 0, 1],
      ['of one byte', 1, 1],
      ['in pieces larger than a message', 1_500_000, 1_400_000],
      ['in pieces that fit nothing', 700_001, 999],
      ['as long as a whole number of chunks', 3 * 131_072, 65_536],
    ])('gives back a file %s as it was put', async (_, length, pieceLength) => {
      const { objects, key, path } = open();
      const bytes = randomBytes(length);
      expect(await objects.put(key, inPieces(bytes, pieceLength), length)).toEqual({ bytes: length });
      expect(await objects.fetch(key, path, live())).toBe(true);
      expect(digestOf(await readFile(path))).toBe(digestOf(bytes));
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    });

    it('keeps what it was given although the source uses its memory again', async () => {
      const { objects, key, path } = open();
      const piece = new Uint8Array(50_000);
      const source = async function* () {
        for (let i = 1; i <= 10; i++) yield piece.fill(i);
      };
      await objects.put(key, source(), NO_LIMIT);
      await objects.fetch(key, path, live());
      const fetched = await readFile(path);
      for (let i = 1; i <= 10; i++) expect(fetched[i * 50_000 - 1]).toBe(i);
    });

    it('gives an object as often as it is asked for, and keeps objects apart', async () => {
      const files = Array.from({ length: 4 }, () => ({ ...open(), bytes: randomBytes(400_000) }));
      await Promise.all(files.map(({ objects, key, bytes }) => objects.put(key, inPieces(bytes, 65_536), NO_LIMIT)));
      for (const { objects, key, bytes } of [...files, ...files]) {
        const path = join(folder, newId('fetched'));
        expect(await objects.fetch(key, path, live())).toBe(true);
        expect(digestOf(await readFile(path))).toBe(digestOf(bytes));
      }
    });

    it('has no object of a key that it does not know, and makes no file then', async () => {
      await expectNothing(newId('unknown'));
    });

    it('has no object before all of it is there', async () => {
      const { objects, key } = open();
      let goOn = () => {};
      const whole = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      const source = async function* () {
        yield randomBytes(500_000);
        await whole;
        yield randomBytes(10);
      };
      const putting = objects.put(key, source(), NO_LIMIT);
      await expectNothing(key);
      goOn();
      expect(await putting).toEqual({ bytes: 500_010 });
    });

    it('takes no more than it may, keeps nothing of what is larger, and asks its source for no more', async () => {
      const { objects, key } = open();
      let [asked, isClosed] = [0, false];
      const source = async function* () {
        try {
          for (; ; asked++) yield randomBytes(100_000);
        } finally {
          isClosed = true;
        }
      };
      await expect(objects.put(key, source(), 999_999)).rejects.toMatchObject({ code: 'too_large' });
      expect([asked, isClosed]).toEqual([9, true]);
      await expectNothing(key);
    });

    it('rejects with what the source rejects with, keeps nothing, and takes the key again', async () => {
      const { objects, key, path } = open();
      const broken = new Error('The client went away.');
      const source = async function* () {
        yield randomBytes(400_000);
        throw broken;
      };
      await expect(objects.put(key, source(), NO_LIMIT)).rejects.toBe(broken);
      await expectNothing(key);
      await objects.put(key, inPieces(Buffer.from('again'), 5), NO_LIMIT);
      expect(await objects.fetch(key, path, live())).toBe(true);
      expect(await readFile(path, 'utf8')).toBe('again');
    });

    it('leaves an object as it is when something else is put under its key', async () => {
      const { objects, key, path } = open();
      await objects.put(key, inPieces(Buffer.from('first'), 5), NO_LIMIT);
      let isAsked = false;
      const second = async function* () {
        isAsked = true;
        yield Buffer.from('second');
      };
      await expect(objects.put(key, second(), NO_LIMIT)).rejects.toThrow('already');
      expect(isAsked).toBe(false);
      expect(await objects.fetch(key, path, live())).toBe(true);
      expect(await readFile(path, 'utf8')).toBe('first');
    });

    it('takes one of two files that are put under one key at the same time', async () => {
      const { objects, key, path } = open();
      const files = ['one', 'other'].map((text) => Buffer.from(text));
      const outcomes = await Promise.allSettled(files.map((bytes) => objects.put(key, inPieces(bytes, 2), NO_LIMIT)));
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await objects.fetch(key, path, live())).toBe(true);
      const taken = files[outcomes.findIndex(({ status }) => status === 'fulfilled')];
      expect(await readFile(path, 'utf8')).toBe(taken?.toString());
    });

    it('erases objects, also those that are not there', async () => {
      const { objects, key, path } = open();
      await objects.put(key, inPieces(randomBytes(300_000), 65_536), NO_LIMIT);
      expect(await objects.fetch(key, path, live())).toBe(true);
      await objects.erase(key);
      await expectNothing(key);
      await objects.erase(key);
      await objects.erase(newId('unknown'));
      expect((await stat(path)).size).toBe(300_000);
    });

    it('says that it is full and when to come back, and has room again once something is erased', async () => {
      const { objects, key } = open();
      const [late, third] = [open().key, Math.floor(fixture.current.objectsMaxBytes / 3)];
      const put = (name: string, length: number) => objects.put(name, inPieces(randomBytes(length), 65_536), NO_LIMIT);
      await put(key, 2 * third);
      for (let i = 0; i < 3; i++) {
        const refused = { code: 'no_capacity', retryAfterMs: expect.any(Number) };
        await expect(put(late, 2 * third)).rejects.toMatchObject(refused);
        await expectNothing(late);
      }
      await objects.erase(key);
      expect(await put(late, 2 * third)).toEqual({ bytes: 2 * third });
    });

    it('counts what is under way, and has the room again of what was given up', async () => {
      const { objects, key } = open();
      const [other, third] = [open().key, Math.floor(fixture.current.objectsMaxBytes / 3)];
      let giveUp = (_: Error) => {};
      const given = new Promise<void>((_, reject) => {
        giveUp = reject;
      });
      let halfWay = () => {};
      const isHalfWay = new Promise<void>((resolve) => {
        halfWay = resolve;
      });
      const source = async function* () {
        yield* inPieces(randomBytes(2 * third), 65_536);
        halfWay();
        await given;
      };
      const putting = objects.put(key, source(), NO_LIMIT);
      await isHalfWay;
      const again = () => objects.put(other, inPieces(randomBytes(2 * third), 65_536), NO_LIMIT);
      await expect(again()).rejects.toMatchObject({ code: 'no_capacity' });
      const gaveUp = new Error('gave up');
      giveUp(gaveUp);
      await expect(putting).rejects.toBe(gaveUp);
      expect(await again()).toEqual({ bytes: 2 * third });
    });

    it('fetches nothing for a signal that has aborted', async () => {
      const { objects, key, path } = open();
      await objects.put(key, inPieces(randomBytes(1_000), 1_000), NO_LIMIT);
      const reason = new Error('cancelled');
      await expect(objects.fetch(key, path, AbortSignal.abort(reason))).rejects.toBe(reason);
      expect(await readdir(folder)).toEqual([]);
    });

    it('writes over no file that is there', async () => {
      const { objects, key, path } = open();
      await objects.put(key, inPieces(randomBytes(1_000), 1_000), NO_LIMIT);
      await writeFile(path, 'there');
      await expect(objects.fetch(key, path, live())).rejects.toThrow('EEXIST');
      expect(await readFile(path, 'utf8')).toBe('there');
    });

    it.each(['', '../up', 'a/b', 'a.b', '*', 'x'.repeat(65)])('takes no key "%s"', async (key) => {
      const { objects, path } = open();
      const refused = { code: 'invalid_argument' };
      await expect(objects.put(key, inPieces(randomBytes(1), 1), NO_LIMIT)).rejects.toMatchObject(refused);
      await expect(objects.fetch(key, path, live())).rejects.toMatchObject(refused);
      await expect(objects.erase(key)).rejects.toMatchObject(refused);
    });
  });
};
