import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ManualClock } from '@verbatim/contracts/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { CliError } from '../cli-error.ts';
import { recording } from '../testing.ts';
import { openInput } from './audio-input.ts';
import { paced } from './paced.ts';
import { chooseRecorder } from './recorder.ts';

const folder = mkdtempSync(join(tmpdir(), 'verbatim-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const piped = (path: string) => {
  const bytes = readFileSync(path);
  const pieces = [bytes.subarray(0, 5), bytes.subarray(5, 9), bytes.subarray(9)];
  return Readable.from(pieces) as unknown as NodeJS.ReadStream;
};
const terminal = { isTTY: true } as NodeJS.ReadStream;
const open = (path: string) => openInput(path, { stdin: terminal });

async function total(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of chunks) bytes += chunk.length;
  return bytes;
}

describe('an input', () => {
  it('is a WAV file with the format and length of its header', async () => {
    const { format, seconds, chunks } = await open(recording('jfk.wav'));
    expect([format, seconds]).toEqual([{ encoding: 'linear16', sampleRateHertz: 16_000, channelCount: 1 }, 11]);
    expect(await total(chunks)).toBe(352_000);
  });

  it('is standard input, known as WAV by its first bytes however they come', async () => {
    const { seconds, chunks } = await openInput('-', { stdin: piped(recording('jfk.wav')) });
    expect([seconds, await total(chunks)]).toEqual([11, 352_000]);
  });

  it('is whatever there is, where it is said to be raw', async () => {
    const raw = { encoding: 'mulaw', sampleRateHertz: 8_000, channelCount: 1 } as const;
    const { format, chunks } = await openInput(file('raw', 'abc'), { raw, stdin: terminal });
    expect([format, await total(chunks)]).toEqual([raw, 3]);
  });

  it.each([
    ['a.mp3', 'ID3\x04', 'an MP3 file'],
    ['b.mp3', Uint8Array.of(0xff, 0xfb, 0x90, 0x64), 'an MP3 file'],
    ['c.aac', Uint8Array.of(0xff, 0xf1, 0x50, 0x80), 'an AAC file'],
    ['d.flac', 'fLaC', 'a FLAC file'],
    ['e.m4a', '\0\0\0\x20ftypM4A ', 'an MP4 or M4A file'],
    ['f.webm', Uint8Array.of(0x1a, 0x45, 0xdf, 0xa3), 'a WebM or Matroska file'],
    ['g.txt', 'Some words.', 'a text file'],
    ['h.bin', Uint8Array.of(1, 2, 3), 'no WAV file'],
  ])('of another kind (%s) is refused with the command that converts it', async (name, content, kind) => {
    const path = file(name, content);
    const error = await open(path).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CliError);
    expect(String(error)).toContain(`This is ${kind}; only WAV is read in this version.`);
    expect(String(error)).toContain(`ffmpeg -i ${path} -ac 1 -ar 16000 ${name.replace(/\..*/, '.wav')}`);
  });

  it('quotes a file name in the command where a shell needs it', async () => {
    await expect(open(file("it's.mp3", 'ID3'))).rejects.toThrow(`'\\''s.mp3' -ac 1`);
  });

  it.each([
    ['no/such.wav', 'There is no such file.'],
    [folder, 'This is a folder'],
    [file('empty.wav', ''), 'The file is empty.'],
    [file('cut.wav', 'RIFF'), 'ends after 4 bytes'],
    ['-', 'It is a terminal'],
  ])('%s is refused with the reason', async (path, reason) => {
    await expect(open(path)).rejects.toThrow(reason);
  });
});

describe('paced audio', () => {
  it('comes in chunks of 100 ms, each when its last sample would have been spoken', async () => {
    const clock = new ManualClock();
    async function* audio() {
      yield new Uint8Array(3_000);
      yield new Uint8Array(4_000);
    }
    const format = { encoding: 'linear16', sampleRateHertz: 16_000, channelCount: 1 } as const;
    const came: (readonly [number, number])[] = [];
    const reading = (async () => {
      for await (const chunk of paced(audio(), format, clock)) came.push([clock.now(), chunk.length]);
    })();
    for (let step = 0; step < 30; step++) await clock.advance(10);
    await reading;
    expect(came).toEqual([
      [100, 3_200],
      [200, 3_200],
      [218.75, 600],
    ]);
  });
});

describe('the recorder', () => {
  const all = () => true;
  const only = (program: string) => (name: string) => name === program;

  it.each([
    ['linux', all, undefined, 'arecord -q -t raw -f S16_LE -r 16000 -c 1'],
    ['linux', all, 'hw:1', 'arecord -q -D hw:1 -t raw -f S16_LE -r 16000 -c 1'],
    ['linux', only('ffmpeg'), undefined, 'ffmpeg -nostdin -v error -f pulse -i default -ac 1 -ar 16000'],
    ['darwin', all, undefined, 'ffmpeg -nostdin -v error -f avfoundation -i :default -ac 1 -ar 16000'],
    ['win32', all, 'Mic', 'ffmpeg -nostdin -v error -f dshow -i audio=Mic -ac 1 -ar 16000'],
  ] as const)('on %s is what the machine has', (platform, has, device, command) => {
    const recorder = chooseRecorder(platform, has, device);
    expect(`${recorder.command} ${recorder.args.join(' ')}`).toContain(command);
  });

  it('that is missing is named', () => {
    const none = () => false;
    expect(() => chooseRecorder('linux', none, undefined)).toThrow('arecord (package alsa-utils) or ffmpeg');
    expect(() => chooseRecorder('darwin', none, undefined)).toThrow(
      'read through ffmpeg, which is not on this machine',
    );
    expect(() => chooseRecorder('win32', all, undefined)).toThrow('--device');
  });
});
