import { writeWav } from '@verbatim/audio';
import { expect, it } from 'vitest';
import { probeMedia } from './index.ts';
import { describeWithFfmpeg, formatOf, limits, TestFolder, tools } from './testing.ts';

const NONE = { ffmpeg: null, ffprobe: null };

describeWithFfmpeg('a WAV file', () => {
  const codecOf = async (rate: number, has: typeof tools) => {
    using folder = new TestFolder();
    const path = folder.write('a.wav', writeWav(formatOf(2, rate), new Int16Array(rate)));
    const { signal } = new AbortController();
    return (await probeMedia(path, { rawFormat: null, tools: has, limits, signal })).codec;
  };

  it('at our rate is read here, and one that must be resampled by ffmpeg, which is none of our main thread', async () => {
    expect(await codecOf(16_000, tools)).toBe('linear16');
    expect(await codecOf(44_100, tools)).toBe('pcm_s16le');
  });

  it('at another rate is read here where there is no ffmpeg', async () => {
    expect(await codecOf(44_100, NONE)).toBe('linear16');
  });
});
