import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWav, writeWav } from '@verbatim/audio';
import type { AudioFormat, MediaInfo } from '@verbatim/contracts';
import { describe } from 'vitest';
import { type DecodeLimits, type DecodeOptions, decodeMedia, findMediaTools, hasFfmpeg, probeMedia } from './index.ts';

const fixtures = new URL('../../../../test/fixtures/', import.meta.url);

export const tools = findMediaTools(process.env.PATH);

export const limits: DecodeLimits = {
  maxAudioSeconds: 600,
  memoryBytes: 2 ** 30,
  cpuSeconds: 60,
  stallMs: 15_000,
};

/** A describe of tests that need ffmpeg: skipped, with its reason, where it is not on this machine. */
export const describeWithFfmpeg = (title: string, tests: () => void): void => {
  if (hasFfmpeg(tools)) describe(title, tests);
  else describe.skip(`${title} (skipped: ffmpeg is not installed)`, tests);
};

/** A recording of test/fixtures/speech by its name without the ending: 16 kHz mono. */
export const speech = (name: string): Int16Array => {
  const { data } = readWav(readFileSync(new URL(`speech/${name}.wav`, fixtures)));
  // A copy: the slice of a Buffer is a view of the whole file.
  return new Int16Array(new Uint8Array(data).buffer);
};

/** Files that once broke something, or may well break it, by name. */
export const corpus = (kind: string): [name: string, bytes: Buffer][] => {
  const folder = new URL(`fuzz/${kind}/`, fixtures);
  return readdirSync(folder)
    .sort()
    .map((name) => [name, readFileSync(new URL(name, folder))]);
};

export const formatOf = (channelCount = 1, sampleRateHertz = 16_000): AudioFormat => ({
  encoding: 'linear16',
  sampleRateHertz,
  channelCount,
});

/** Channels of the same length as one WAV file. */
export const wavOf = (...channels: readonly Int16Array[]): Uint8Array => {
  const [first = new Int16Array(0)] = channels;
  const samples = new Int16Array(first.length * channels.length);
  for (const [channel, from] of channels.entries()) {
    for (const [i, sample] of from.entries()) samples[i * channels.length + channel] = sample;
  }
  return writeWav(formatOf(channels.length), samples);
};

/** A folder of test files, removed when it is disposed of. */
export class TestFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'verbatim-test-'));

  write(name: string, bytes: Uint8Array | string): string {
    const path = join(this.path, name);
    writeFileSync(path, bytes);
    return path;
  }

  /** A file by ffmpeg from a WAV file, or from `args` alone. */
  make(name: string, wav: Uint8Array | null, args: readonly string[] = []): string {
    const path = join(this.path, name);
    const input = wav === null ? [] : ['-i', this.write('source.wav', wav)];
    execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...input, ...args, `file:${path}`], { cwd: this.path });
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

export interface Decoded {
  readonly info: MediaInfo;
  readonly samples: Int16Array;
  readonly warnings: readonly string[];
  readonly longestBlock: number;
}

/** Looks into a file and decodes all of it. */
export async function decoded(path: string, options: Partial<DecodeOptions> = {}): Promise<Decoded> {
  const warnings: string[] = [];
  const all: DecodeOptions = {
    rawFormat: null,
    tools,
    limits,
    signal: new AbortController().signal,
    channel: null,
    onWarning: (sentence) => warnings.push(sentence),
    ...options,
  };
  const info = await probeMedia(path, all);
  const blocks: Int16Array[] = [];
  for await (const block of decodeMedia(path, info, all)) blocks.push(block);
  const longestBlock = Math.max(0, ...blocks.map(({ length }) => length));
  return { info, samples: joined(...blocks), warnings, longestBlock };
}

export const joined = (...pieces: readonly Int16Array[]): Int16Array => {
  const all = new Int16Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
};

/** Samples that a codec may put before the first one. */
const MAX_DELAY = 3_200;
/** Where clips have speech, and enough of it. */
const COMPARED = { from: 12_000, count: 8_000 };

/** The correlation (1: the same but for loudness) of half a second of both, at the delay at which it is largest. */
export const likeness = (source: Int16Array, other: Int16Array): number => {
  const { from, count } = COMPARED;
  const part = source.subarray(from, from + count);
  let best = 0;
  for (let delay = -MAX_DELAY / 2; delay <= MAX_DELAY; delay++) {
    const there = other.subarray(from + delay, from + delay + part.length);
    best = Math.max(best, correlation(part, there));
  }
  return best;
};

const correlation = (a: Int16Array, b: Int16Array): number => {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < b.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
};

/** Processes, zombies too, whose parent this process is. */
export const children = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === process.pid)
    .map(Number);

const parentOf = (pid: string): number | null => {
  try {
    // The name of the program stands in brackets and may hold anything.
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]);
  } catch {
    return null;
  }
};
