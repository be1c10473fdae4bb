import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type ChildLimits, LimitedChild } from './limited-child.ts';
import { children } from './testing.ts';

const limits: ChildLimits = { memoryBytes: 2 ** 30, cpuSeconds: 60, stallMs: 10_000 };
const never = new AbortController().signal;

const shell = (script: string, changed: Partial<ChildLimits> = {}, folder = '/tmp'): LimitedChild =>
  new LimitedChild('/bin/sh', ['-c', script], folder, { ...limits, ...changed });

const outputOf = async (child: LimitedChild, signal = never): Promise<string> => {
  let all = '';
  for await (const piece of child.output(signal)) all += String(piece);
  return all;
};

const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

/** A program that leaves a second one behind; says both of their numbers, and goes on. */
const TWO = 'sleep 1000 & echo $$ $!; while :; do echo more; sleep 0.01; done';
const pidsIn = (output: string): number[] => output.split('\n')[0]!.split(' ').map(Number);

describe.runIf(process.platform === 'linux')('a child with limits', () => {
  it('gives what it writes, and how it ended', async () => {
    const child = shell('echo out; echo err >&2; exit 3');
    expect(await outputOf(child)).toBe('out\n');
    expect(child.errors).toBe('err\n');
    expect(await child.ended).toEqual({ type: 'exit', code: 3 });
    expect(children()).toEqual([]);
  });

  it('knows nothing of its parent: no environment, no input, a folder of its own', async () => {
    process.env.VERBATIM_TEST_SECRET = 'secret';
    const names = (await outputOf(new LimitedChild('/usr/bin/env', [], '/tmp', limits))).trim().split('\n');
    delete process.env.VERBATIM_TEST_SECRET;
    expect(names.sort()).toEqual(['LC_ALL=C', 'PATH=/usr/bin:/bin', expect.stringMatching(/^PWD=/)]);
    expect(await outputOf(shell('cat; pwd', {}, '/usr'))).toBe('/usr\n');
  });

  it('has its limits and is everybody’s last', async () => {
    const child = shell('sleep 0.1; ulimit -c; ulimit -v; ulimit -t; cut -d" " -f19 /proc/$$/stat');
    expect(await outputOf(child)).toBe('0\n1048576\n60\n10\n');
  });

  it('gets no more memory than it may have', async () => {
    const child = shell('head -c 300M /dev/zero | tail -c 250M | wc -c', { memoryBytes: 100 * 2 ** 20 });
    expect(await outputOf(child)).not.toContain(String(250 * 2 ** 20));
    expect(child.errors).toMatch(/memory/);
  });

  it('gets no more processor time than it may have', async () => {
    const child = shell('while :; do :; done', { cpuSeconds: 1 });
    await outputOf(child);
    expect(await child.ended).toMatchObject({ type: 'signal', signal: 'SIGKILL' });
    expect(child.stalled).toBe(false);
  });

  it('keeps the end of what it says of its errors, however much that is', async () => {
    const child = shell('head -c 5M /dev/zero | tr "\\0" x >&2; echo end >&2');
    await outputOf(child);
    expect(child.errors).toHaveLength(8_192);
    expect(child.errors).toMatch(/xend\n$/);
  });

  it.each<[string, (child: LimitedChild, abort: AbortController) => Promise<string>]>([
    [
      'when its reader leaves',
      async (child) => {
        for await (const piece of child.output(never)) return String(piece);
        return '';
      },
    ],
    [
      'when its reader fails',
      async (child) => {
        let first = '';
        const reading = async () => {
          for await (const piece of child.output(never)) {
            first = String(piece);
            throw new Error('The reader fails.');
          }
        };
        await expect(reading()).rejects.toThrow('The reader fails.');
        return first;
      },
    ],
    [
      'when it is called off',
      async (child, abort) => {
        let first = '';
        const reading = async () => {
          for await (const piece of child.output(abort.signal)) {
            first ||= String(piece);
            abort.abort(new Error('called off'));
          }
        };
        await expect(reading()).rejects.toThrow('called off');
        return first;
      },
    ],
  ])('is gone with all that it started %s', async (_, leave) => {
    const output = await leave(shell(TWO), new AbortController());
    const pids = pidsIn(output);
    expect(pids).toHaveLength(2);
    expect(children()).toEqual([]);
    // The second one is init's to bury, which takes it a moment.
    await expect.poll(() => pids.filter((pid) => !isGone(pid) && !isZombie(pid))).toEqual([]);
  });

  it('is gone when it was called off before anybody read', async () => {
    const child = shell('sleep 1000', { stallMs: 60_000 });
    await expect(outputOf(child, AbortSignal.abort(new Error('called off')))).rejects.toThrow('called off');
    expect(children()).toEqual([]);
    expect(isGone(child.pid!)).toBe(true);
  });

  it('is ended when it gives nothing while it is waited for', async () => {
    const child = shell('echo first; sleep 1000', { stallMs: 100 });
    expect(await outputOf(child)).toBe('first\n');
    expect(child.stalled).toBe(true);
    expect(children()).toEqual([]);
  });

  it('is ended when it closes its output and goes on', async () => {
    const child = shell('exec >&- ; sleep 1000', { stallMs: 100 });
    await outputOf(child);
    expect(child.stalled).toBe(true);
    expect(children()).toEqual([]);
  });

  it('is ended with what it started, where that goes on after its own end', async () => {
    const child = shell('sleep 1000 & echo $!', { stallMs: 100 });
    const pid = Number(await outputOf(child));
    expect(child.stalled).toBe(true);
    expect(children()).toEqual([]);
    await expect.poll(() => isGone(pid) || isZombie(pid)).toBe(true);
  });

  it('waits for a reader that takes its time, and holds no more than a pipe meanwhile', async () => {
    const child = shell('head -c 1000000 /dev/zero', { stallMs: 1_500 });
    let bytes = 0;
    for await (const piece of child.output(never)) {
      if (bytes === 0) await sleep(1_800);
      bytes += piece.length;
    }
    expect(bytes).toBe(1_000_000);
    expect(child.stalled).toBe(false);
  });

  it('says so when it could not begin', async () => {
    const child = shell('echo never', {}, '/no/such/folder');
    expect(await outputOf(child)).toBe('');
    expect(await child.ended).toEqual({ type: 'never_began' });
    expect(child.errors).toContain('ENOENT');
  });
});

const isZombie = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return true;
  }
};
