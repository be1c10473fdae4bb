import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { failureOf } from './ffmpeg-end.ts';
import { reasonIn } from './ffmpeg-reason.ts';
import type { ChildEnd } from './limited-child.ts';
import { TestFolder } from './testing.ts';
import { findMediaTools, hasFfmpeg } from './tools.ts';

const PATH = '/dev/shm/verbatim-spool-1-a/1';

describe('the reason in what ffmpeg says', () => {
  it.each([
    ['', null],
    ['\n \n', null],
    [
      `file:${PATH}: Invalid data found when processing input\n`,
      'ffmpeg says "Invalid data found when processing input"',
    ],
    [
      `[mov,mp4,m4a,3gp,3g2,mj2 @ 0x55d0] moov atom not found\nfile:${PATH}: Invalid data found when processing input\n`,
      'ffmpeg says "moov atom not found"',
    ],
    [
      '[flac @ 0x1] invalid residual\n[flac @ 0x1] decode_frame() failed\nError while decoding stream #0:0: Invalid data found when processing input\n',
      'ffmpeg says "decode_frame() failed"',
    ],
    [`[in#0 @ 0x1] [mp3 @ 0x2] Could not open ${PATH}.\n`, 'ffmpeg says "Could not open the file"'],
    [
      `[concat @ 0x1] Format not on whitelist 'wav,mp3'\nfile:${PATH}: Invalid argument\n`,
      'it is of no kind that is decoded',
    ],
    [`file:${PATH}: End of file\n`, 'it ends before its sound begins'],
    [
      `[opus @ 0x1] Header missing\n    Last message repeated 3 times\nfile:${PATH}: Invalid data found when processing input\n`,
      'ffmpeg says "Header missing"',
    ],
    [
      '[wavpack @ 0x1] Packed samples not found\nError marking filters as finished\n',
      'ffmpeg says "Packed samples not found"',
    ],
    ['[pan @ 0x1] no channel\nError while processing the decoded data for stream #0:0\n', 'ffmpeg says "no channel"'],
    ['    Last message repeated 1 times\n', null],
    ['\x1b[31mred\x07\n', 'ffmpeg says "[31mred"'],
    [`${'x'.repeat(500)}\n`, `ffmpeg says "${'x'.repeat(200)}"`],
  ])('%j', (errors, reason) => {
    expect(reasonIn(errors, PATH)).toBe(reason);
  });
});

describe('how ffmpeg ended', () => {
  const signal = (name: NodeJS.Signals, lifeMs = 100): ChildEnd => ({ type: 'signal', signal: name, lifeMs });

  it.each<[string, ChildEnd, string | null]>([
    ['well', { type: 'exit', code: 0 }, null],
    ['with an error of its own, which counts by what it gave', { type: 'exit', code: 1 }, null],
    ['before it began', { type: 'never_began' }, 'unavailable'],
    ['before its libraries were loaded', { type: 'exit', code: 127 }, 'unavailable'],
    ['told to, by a signal that it heard', { type: 'exit', code: 255 }, 'unavailable'],
    ['killed for the memory of others', signal('SIGKILL'), 'unavailable'],
    ['told to, by a signal', signal('SIGTERM'), 'unavailable'],
    ['over its processor time, by the kernel', signal('SIGKILL', 10_000), 'undecodable_audio'],
    ['over its processor time, with a word', signal('SIGXCPU'), 'undecodable_audio'],
    ['in a crash', signal('SIGSEGV'), 'undecodable_audio'],
  ])('%s', (_, end, code) => {
    expect(failureOf(end, null, 10)?.code ?? null).toBe(code);
  });

  it('has a reason where it did not run', () => {
    expect(failureOf({ type: 'exit', code: 127 }, 'ffmpeg says "failed to map"', 10)?.message).toBe(
      'ffmpeg does not run here within its limits: ffmpeg says "failed to map".',
    );
  });
});

describe('the programs that decode', () => {
  it('are those of the first folder of PATH that has them', () => {
    using folder = new TestFolder();
    const [ffmpeg, ffprobe] = [folder.write('ffmpeg', ''), folder.write('ffprobe', '')];
    chmodSync(ffmpeg, 0o755);
    const found = findMediaTools(`/no/such/folder::relative:${folder.path}:/usr/bin`);
    expect(found.ffmpeg).toBe(ffmpeg);
    // This one can't be run.
    expect(found.ffprobe).not.toBe(ffprobe);
  });

  it('are found in /usr/bin without any PATH', () => {
    expect(findMediaTools(undefined)).toEqual(findMediaTools('/usr/bin'));
  });

  it('are needed both', () => {
    expect(hasFfmpeg({ ffmpeg: '/usr/bin/ffmpeg', ffprobe: null })).toBe(false);
  });
});
