import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readWav } from '@verbatim/audio';

/** A real recording: 16 kHz mono. */
export interface Clip {
  readonly pcm16: Int16Array;
  readonly text: string;
}

/** From the sources and, for programs, from what is compiled of them, which lies a folder deeper. */
const folder = ['../fixtures/speech/', '../../fixtures/speech/']
  .map((path) => new URL(path, import.meta.url))
  .find((url) => existsSync(url))!;

/** A recording of test/fixtures/speech as a file. */
export const clipFile = (name: string): string => fileURLToPath(new URL(`${name}.wav`, folder));

/** A recording of test/fixtures/speech by the name of its file, without the ending. */
export function clip(name: string): Clip {
  const manifest = readFileSync(new URL('manifest.jsonl', folder), 'utf8').trim().split('\n');
  const entry = manifest
    .map((line) => JSON.parse(line) as { file: string; text: string })
    .find(({ file }) => file === `${name}.wav`);
  if (entry === undefined) throw new Error(`There is no clip ${name} in test/fixtures/speech/manifest.jsonl.`);
  const { data } = readWav(readFileSync(new URL(entry.file, folder)));
  return { pcm16: new Int16Array(Uint8Array.from(data).buffer), text: entry.text };
}

/** Audio pieces after one another. */
export function joined(...pieces: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Digital silence. */
export const silence = (seconds: number): Int16Array => new Int16Array(Math.round(seconds * 16_000));

/** Little-endian bytes of 16-bit samples. */
export const bytesOf = (pcm16: Int16Array): Buffer => Buffer.from(pcm16.buffer, pcm16.byteOffset, pcm16.byteLength);
