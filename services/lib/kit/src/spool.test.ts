import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSpool } from './spool.ts';

const modeOf = (path: string): number => statSync(path).mode & 0o777;
/** The number of a process that has ended. */
const deadPid = (): number => spawnSync('true').pid;

describe('a spool', () => {
  let base: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'verbatim-test-'));
  });
  afterEach(() => rmSync(base, { recursive: true }));

  it('is a folder that only its user can read, named after its process, also where its base is not there yet', async () => {
    await using spool = await createSpool(join(base, 'new', 'er'));
    expect(modeOf(spool.folder)).toBe(0o700);
    expect(basename(spool.folder)).toContain(`-${process.pid}-`);
    expect(modeOf(await spool.subfolder('uploads'))).toBe(0o700);
  });

  it('gives each file a path of its own', async () => {
    await using spool = await createSpool(base);
    const paths = [spool.path(), spool.path(), spool.path()];
    expect(new Set(paths).size).toBe(3);
    for (const path of paths) expect(dirname(path)).toBe(spool.folder);
  });

  it('is gone with all that is in it once it is disposed of', async () => {
    const spool = await createSpool(base);
    writeFileSync(spool.path(), 'audio');
    writeFileSync(join(await spool.subfolder('uploads'), 'a'), 'audio');
    await spool[Symbol.asyncDispose]();
    expect(existsSync(spool.folder)).toBe(false);
  });

  it('removes what killed processes left, and nothing else', async () => {
    const folder = (name: string) => {
      const path = join(base, name);
      mkdirSync(path);
      writeFileSync(join(path, 'file'), 'audio');
      return path;
    };
    const left = folder(`verbatim-spool-${deadPid()}-AbCdEf`);
    // In a container, each process has the number of the one before it.
    const ofOurNumber = folder(`verbatim-spool-${process.pid}-AbCdEf`);
    const alive = folder(`verbatim-spool-${process.ppid}-AbCdEf`);
    const others = folder('of-somebody-else');
    await using _spool = await createSpool(base);
    expect([left, ofOurNumber, alive, others].map((path) => existsSync(path))).toEqual([false, false, true, true]);
  });

  it('removes a link, not what it leads to', async () => {
    const precious = join(base, 'precious');
    mkdirSync(precious);
    writeFileSync(join(precious, 'file'), 'text');
    const link = join(base, `verbatim-spool-${deadPid()}-AbCdEf`);
    symlinkSync(precious, link);
    await using _spool = await createSpool(base);
    expect([existsSync(link), existsSync(join(precious, 'file'))]).toEqual([false, true]);
  });

  it('leaves another spool of the same process alone', async () => {
    await using first = await createSpool(base);
    writeFileSync(first.path(), 'audio');
    await using second = await createSpool(base);
    expect(existsSync(first.folder)).toBe(true);
    expect(second.folder).not.toBe(first.folder);
  });

  it.runIf(process.platform === 'linux')(
    'is in memory where the system has memory to share, and knows it',
    async () => {
      await using inMemory = await createSpool();
      expect(inMemory).toMatchObject({ folder: expect.stringMatching(/^\/dev\/shm\//), onTmpfs: true });
    },
  );
});
