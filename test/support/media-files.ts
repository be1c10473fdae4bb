import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeWav } from '@verbatim/audio';

/** Whether this machine has the ffmpeg that makes other files of WAV. */
export const hasFfmpeg = (() => {
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const MONO = { encoding: 'linear16', sampleRateHertz: 16_000, channelCount: 1 } as const;

/** 16 kHz mono samples as a WAV file. */
export const wavOf = (pcm16: Int16Array): Uint8Array => writeWav(MONO, pcm16);

/** Two mono recordings as the sides of a stereo WAV file. */
export function stereoWav(left: Int16Array, right: Int16Array): Uint8Array {
  const samples = new Int16Array(Math.max(left.length, right.length) * 2);
  left.forEach((sample, i) => {
    samples[2 * i] = sample;
  });
  right.forEach((sample, i) => {
    samples[2 * i + 1] = sample;
  });
  return writeWav({ ...MONO, channelCount: 2 }, samples);
}

/** The same sound in another kind of file, by ffmpeg; `args` stand before the output. */
export function converted(wav: Uint8Array, extension: string, args: readonly string[] = []): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'verbatim-test-'));
  try {
    const [from, to] = [join(folder, 'in.wav'), join(folder, `out.${extension}`)];
    writeFileSync(from, wav);
    execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-i', from, ...args, to]);
    return readFileSync(to);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
