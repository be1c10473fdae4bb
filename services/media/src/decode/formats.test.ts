import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decoded, describeWithFfmpeg, likeness, speech, TestFolder, wavOf } from './testing.ts';

const goforward = speech('goforward');
const wav = wavOf(goforward);
const seconds = goforward.length / 16_000;
const picture = ['-f', 'lavfi', '-i', 'color=size=64x64:rate=5'];
const withVideo = [...picture, '-shortest'];

describeWithFfmpeg('a file by ffmpeg', () => {
  let folder: TestFolder;
  beforeAll(() => {
    folder = new TestFolder();
  });
  afterAll(() => folder[Symbol.dispose]());

  it.each<[string, string, readonly string[], number]>([
    ['mp3', 'mp3', [], 0.95],
    ['m4a', 'aac', [], 0.95],
    ['flac', 'flac', [], 0.999],
    ['ogg', 'vorbis', ['-c:a', 'libvorbis'], 0.95],
    ['opus', 'opus', ['-c:a', 'libopus'], 0.95],
    ['webm', 'opus', ['-c:a', 'libopus'], 0.95],
    ['aac', 'aac', [], 0.95],
    ['wma', 'wmav2', [], 0.95],
    ['aiff', 'pcm_s16be', [], 0.999],
    ['caf', 'pcm_s16be', [], 0.999],
    ['au', 'pcm_s16be', [], 0.999],
    ['w64', 'pcm_s16le', [], 0.999],
    ['ac3', 'ac3', ['-ar', '48000'], 0.95],
    ['wv', 'wavpack', [], 0.999],
    ['tta', 'tta', [], 0.999],
    ['mp4', 'aac', withVideo, 0.95],
    ['mkv', 'vorbis', [...withVideo, '-c:a', 'libvorbis'], 0.95],
    ['mov', 'aac', withVideo, 0.95],
    ['avi', 'mp3', withVideo, 0.95],
    ['ts', 'mp2', [...withVideo, '-c:v', 'mpeg2video', '-r', '25'], 0.95],
    ['mpg', 'mp2', [...withVideo, '-c:v', 'mpeg2video', '-r', '25', '-ar', '44100'], 0.95],
    ['flv', 'mp3', [...withVideo, '-ar', '44100'], 0.95],
    ['3gp', 'aac', ['-c:a', 'aac'], 0.95],
    ['adpcm.wav', 'adpcm_ms', ['-c:a', 'adpcm_ms'], 0.95],
    ['96k.wav', 'pcm_s16le', ['-ar', '96000'], 0.999],
  ])('is heard as it was spoken: %s', async (ending, codec, args, least) => {
    const { info, samples, warnings, longestBlock } = await decoded(folder.make(`a.${ending}`, wav, args));
    expect(info).toMatchObject({ codec, channelCount: 1 });
    expect(Math.abs(samples.length / 16_000 - seconds)).toBeLessThan(0.25);
    expect(likeness(goforward, samples)).toBeGreaterThan(least);
    expect(warnings).toEqual([]);
    expect(longestBlock).toBeLessThanOrEqual(6_400);
  });

  it('may be AMR of a phone, which no ffmpeg of Debian writes', async () => {
    // 2 s of frames of 20 ms at 12.2 kbit/s: a byte that says so and 31 of speech (RFC 4867, 5.3).
    const frame = Buffer.concat([Buffer.of(0x3c), Buffer.alloc(31, 0x55)]);
    const path = folder.write(
      'a.amr',
      Buffer.concat([Buffer.from('#!AMR\n'), ...Array.from({ length: 100 }, () => frame)]),
    );
    const { info, samples } = await decoded(path);
    expect(info).toMatchObject({ container: 'amr', codec: 'amr_nb', sampleRateHertz: 8_000 });
    expect(samples.length).toBe(32_000);
  });

  it.each(['flac', 'm4a', 'opus'])('gives each side of a stereo recording apart: %s', async (ending) => {
    const other = speech('ljspeech-0004').subarray(0, goforward.length);
    const path = folder.make(`stereo.${ending}`, wavOf(goforward, other), ending === 'opus' ? ['-c:a', 'libopus'] : []);
    const [left, right] = [await decoded(path, { channel: 0 }), await decoded(path, { channel: 1 })];
    expect(left.info.channelCount).toBe(2);
    expect(left.samples.length).toBe(right.samples.length);
    expect(likeness(goforward, left.samples)).toBeGreaterThan(0.9);
    expect(likeness(other, right.samples)).toBeGreaterThan(0.9);
    expect(likeness(other, left.samples)).toBeLessThan(0.3);
    const mixed = goforward.map((sample, i) => (sample + other[i]!) / 2);
    expect(likeness(mixed, (await decoded(path)).samples)).toBeGreaterThan(0.9);
  });

  it('gives each of eight channels apart, and more than eight mixed', async () => {
    // Silence but for one channel.
    const only = (index: number, count: number) =>
      wavOf(...Array.from({ length: count }, (_, i) => (i === index ? goforward : new Int16Array(goforward.length))));
    const eight = folder.make('eight.flac', only(6, 8));
    expect(likeness(goforward, (await decoded(eight, { channel: 6 })).samples)).toBeGreaterThan(0.999);
    expect((await decoded(eight, { channel: 5 })).samples.every((sample) => sample === 0)).toBe(true);
    const sixteen = folder.write('sixteen.wav', only(3, 16));
    const { info, samples } = await decoded(sixteen);
    expect(info.channelCount).toBe(16);
    expect(likeness(goforward, samples)).toBeGreaterThan(0.99);
  });

  it('has no channel but its own, which ffmpeg would give as silence', async () => {
    const path = folder.make('one.mp3', wav);
    for (const channel of [1, -1]) await expect(decoded(path, { channel })).rejects.toThrow(RangeError);
  });

  it('gives the same samples each time', async () => {
    const path = folder.make('twice.mp3', wav);
    expect((await decoded(path)).samples).toEqual((await decoded(path)).samples);
  });

  it('may have a picture on its cover', async () => {
    const png = folder.make('cover.png', null, [...picture, '-frames:v', '1']);
    const path = folder.make('cover.mp3', wav, ['-i', png, '-map', '0', '-map', '1', '-disposition:v', 'attached_pic']);
    expect(likeness(goforward, (await decoded(path)).samples)).toBeGreaterThan(0.95);
  });

  it.each(['-i.mp3', '-.mp3', 'http:__example.com.mp3', 'concat:a|b.mp3', "it's 100%d [a]\\.mp3", 'ünïcode 日本.mp3'])(
    'may have any name: %s',
    async (name) => {
      expect(likeness(goforward, (await decoded(folder.make(name, wav))).samples)).toBeGreaterThan(0.95);
    },
  );

  it('may be named from the folder that the process is in', async () => {
    const before = process.cwd();
    process.chdir(folder.path);
    try {
      for (const name of ['-i.mp3', 'concat:a|b.mp3', 'http:x.mp3']) {
        folder.make(name, wav);
        expect(likeness(goforward, (await decoded(name)).samples)).toBeGreaterThan(0.95);
      }
      process.chdir('..');
      const { samples } = await decoded(join(basename(folder.path), '-i.mp3'));
      expect(likeness(goforward, samples)).toBeGreaterThan(0.95);
    } finally {
      process.chdir(before);
    }
  });

  it('is heard by its first sound where it has several', async () => {
    // ffmpeg itself would take the one that is marked as the usual one.
    const other = speech('ljspeech-0004').subarray(0, goforward.length);
    const second = folder.write('second.wav', wavOf(other, other));
    const path = folder.make('two.mkv', wav, [
      '-i',
      second,
      '-map',
      '0',
      '-map',
      '1',
      '-c:a',
      'flac',
      '-disposition:a:0',
      '0',
      '-disposition:a:1',
      'default',
    ]);
    const { info, samples } = await decoded(path);
    expect(info.channelCount).toBe(1);
    expect(likeness(goforward, samples)).toBeGreaterThan(0.999);
  });
});
