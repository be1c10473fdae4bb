import { readdirSync, readlinkSync } from 'node:fs';
import { AudioNormalizer, writeWav } from '@verbatim/audio';
import { type AudioFormat, SttError } from '@verbatim/contracts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeMedia, type MediaTools, probeMedia } from './index.ts';
import { corpus, decoded, formatOf, limits, speech, TestFolder, wavOf } from './testing.ts';

const NOTHING: MediaTools = { ffmpeg: null, ffprobe: null };
const goforward = speech('goforward');
const bytesOf = (samples: Int16Array | Float32Array): Uint8Array =>
  new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);

/** What a live session with these bytes hears. */
const live = (format: AudioFormat, bytes: Uint8Array): number[] => {
  const normalizer = new AudioNormalizer(format);
  return [...normalizer.push(bytes), ...normalizer.flush()];
};

describe('a file with plain samples needs no ffmpeg', () => {
  let folder: TestFolder;
  beforeAll(() => {
    folder = new TestFolder();
  });
  afterAll(() => folder[Symbol.dispose]());

  const plain = (name: string, bytes: Uint8Array, options: Parameters<typeof decoded>[1] = {}) =>
    decoded(folder.write(name, bytes), { tools: NOTHING, ...options });

  it('and is heard bit for bit where it has our own format', async () => {
    const { info, samples, warnings, longestBlock } = await plain('a.wav', wavOf(goforward));
    expect(info).toMatchObject({ container: 'wav', durationSeconds: goforward.length / 16_000, channelCount: 1 });
    expect(samples).toEqual(goforward);
    expect(warnings).toEqual([]);
    expect(longestBlock).toBeLessThanOrEqual(6_400);
  });

  it.each<[AudioFormat['encoding'], number, number]>([
    ['linear16', 44_100, 2],
    ['linear16', 8_000, 8],
    ['float32', 48_000, 2],
    ['mulaw', 8_000, 1],
    ['alaw', 8_000, 2],
  ])('and is heard as a live session hears it: %s at %d Hz with %d channels', async (encoding, rate, channels) => {
    const format: AudioFormat = { encoding, sampleRateHertz: rate, channelCount: channels };
    const floats = Float32Array.from({ length: 48_000 }, (_, i) => Math.sin(i / (7 + (i % channels))) * 0.7);
    const bytes = encoding === 'float32' ? bytesOf(floats) : bytesOf(goforward.subarray(0, 40_000));
    const expected = live(format, bytes);
    expect([...(await plain('live.wav', writeWav(format, bytes))).samples]).toEqual(expected);
    expect([...(await plain('live.raw', bytes, { rawFormat: format })).samples]).toEqual(expected);
  });

  it('and gives each side apart', async () => {
    const other = speech('ljspeech-0004').subarray(0, goforward.length);
    const wav = wavOf(goforward, other);
    expect((await plain('sides.wav', wav, { channel: 0 })).samples).toEqual(goforward);
    expect((await plain('sides.wav', wav, { channel: 1 })).samples).toEqual(other);
  });

  it.each([
    ['a size that a pipe did not know', [0xffff_ffff, 0xffff_ffff], []],
    ['no size, of a recorder that was cut off', [0, 0], []],
    ['twice its size', [178_432, 178_396], ['The file announces 5.6 s of audio and holds 2.8 s.']],
    ['hours, by a header that lies', [0x7000_0000, 0x7000_0000], [expect.stringMatching(/^The file announces 58/)]],
  ])('and may have a header with %s', async (_, [riff, data], expected) => {
    const wav = Buffer.from(wavOf(goforward));
    wav.writeUInt32LE(riff!, 4);
    wav.writeUInt32LE(data!, 40);
    const { samples, warnings } = await plain('sizes.wav', wav);
    expect(samples).toEqual(goforward);
    expect(warnings).toEqual(expected);
  });

  it.each([10, 50, 95])('and gives what is there where it was cut at %d %', async (percent) => {
    const wav = wavOf(goforward);
    const { samples, warnings } = await plain('cut.wav', wav.subarray(0, Math.round((wav.length * percent) / 100)));
    expect(samples).toEqual(goforward.subarray(0, samples.length));
    expect(samples.length).toBeCloseTo((goforward.length * percent) / 100, -3);
    expect(warnings).toEqual([expect.stringMatching(/^The file announces 2.8 s of audio and holds \d\.\d s\.$/)]);
  });

  it('and passes what is no number as silence, with a warning', async () => {
    const floats = Float32Array.from({ length: 32_000 }, (_, i) => (i === 100 ? Number.NaN : 0.5));
    const wav = writeWav({ ...formatOf(), encoding: 'float32' }, bytesOf(floats));
    const { samples, warnings } = await plain('nan.wav', wav);
    expect(samples).toHaveLength(32_000);
    expect(samples[100]).toBe(0);
    expect(samples.at(-1)).toBe(16_384);
    expect(warnings).toEqual(['Some samples of the file are no numbers; they are silence.']);
  });

  it('and is refused where it has more audio than is taken, by its header or by what it holds', async () => {
    const second = { ...limits, maxAudioSeconds: 1 };
    await expect(plain('long.wav', wavOf(goforward), { limits: second })).rejects.toMatchObject({
      code: 'audio_too_long',
      message: 'The file holds more than 1 s of audio, the most that is taken.',
    });
    const endless = Buffer.from(wavOf(goforward));
    endless.writeUInt32LE(0xffff_ffff, 40);
    await expect(plain('endless.wav', endless, { limits: second })).rejects.toMatchObject({ code: 'audio_too_long' });
    const raw = { limits: second, rawFormat: formatOf() };
    await expect(plain('long.raw', bytesOf(goforward), raw)).rejects.toMatchObject({ code: 'audio_too_long' });
  });

  it.each<[string, Uint8Array, AudioFormat | null, string, string]>([
    ['empty', new Uint8Array(0), null, 'undecodable_audio', 'it is empty'],
    ['empty, by any name', new Uint8Array(0), formatOf(), 'undecodable_audio', 'it is empty'],
    ['a WAV file without samples', wavOf(new Int16Array(0)), null, 'undecodable_audio', 'it has no samples'],
    ['half a sample', Uint8Array.of(1), formatOf(), 'undecodable_audio', 'it has no samples'],
    ['text', Buffer.from('only words'), null, 'undecodable_audio', 'it is a text file'],
    ['a PDF document', Buffer.from('%PDF-1.7\n'), null, 'undecodable_audio', 'it is a PDF document'],
    ['of a kind that needs ffmpeg', Buffer.from('fLaC'), null, 'decoder_missing', 'install the package ffmpeg'],
    ['a WAV file of a codec that needs ffmpeg', adpcm(), null, 'decoder_missing', 'install the package ffmpeg'],
  ])('and is refused in a sentence where it is %s', async (_, bytes, rawFormat, code, sentence) => {
    const refusal = plain('bad', bytes, { rawFormat });
    await expect(refusal).rejects.toMatchObject({ code, field: 'file', message: expect.stringContaining(sentence) });
  });

  it('and is left alone once it is called off', async () => {
    const path = folder.write('off.wav', wavOf(goforward));
    const options = { rawFormat: null, tools: NOTHING, limits, signal: new AbortController().signal };
    const off = { ...options, channel: null, signal: AbortSignal.abort(new Error('called off')), onWarning: () => {} };
    const info = await probeMedia(path, options);
    await expect(probeMedia(path, off)).rejects.toThrow('called off');
    await expect(decodeMedia(path, info, off).next()).rejects.toThrow('called off');
  });

  it.each([1, -1, 0.5, Number.NaN])('and has no channel %d where it has one', async (channel) => {
    await expect(plain('one.wav', wavOf(goforward), { channel })).rejects.toThrow(RangeError);
  });

  it.runIf(process.platform === 'linux')('and is closed, however it was left', async () => {
    const path = folder.write('closed.wav', wavOf(goforward));
    const options = { rawFormat: null, tools: NOTHING, limits, signal: new AbortController().signal };
    const all = { ...options, channel: null, onWarning: () => {} };
    const isOpen = () => readdirSync('/proc/self/fd').some((fd) => linkOf(`/proc/self/fd/${fd}`) === path);
    const info = await probeMedia(path, options);
    for await (const _ of decodeMedia(path, info, all)) {
      expect(isOpen()).toBe(true);
      break;
    }
    // What the file holds is not what was said of it.
    const wrong = decodeMedia(path, { ...info, channelCount: 2 }, { ...all, channel: 1 });
    await expect(wrong.next()).rejects.toThrow(RangeError);
    await expect.poll(isOpen).toBe(false);
  });

  describe('whatever a WAV file holds, it is heard or refused in a sentence', () => {
    const outcome = (bytes: Uint8Array) =>
      plain('fuzz.wav', bytes).then(
        ({ samples }) => samples.length,
        (error: unknown) => {
          if (!(error instanceof SttError)) throw error;
          expect(error.message).toMatch(/^(No audio can be had from the file: .*|The file .*)\.$/);
          return error.code;
        },
      );

    it.each(corpus('wav'))('as it was found once: %s', async (_, bytes) => {
      await outcome(bytes);
    });

    it('with bytes changed, and cut anywhere', async () => {
      const wav = wavOf(goforward.subarray(0, 100));
      const change = fc.tuple(fc.nat(60), fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255)));
      await fc.assert(
        fc.asyncProperty(fc.array(change, { maxLength: 6 }), fc.nat(wav.length), async (changes, length) => {
          const broken = wav.slice();
          for (const [at, value] of changes) broken[at] = value;
          await outcome(broken.subarray(0, length));
        }),
        { seed: 20_261_126, numRuns: 300 },
      );
    });
  });
});

/** A header of Microsoft ADPCM. */
function adpcm(): Uint8Array {
  const wav = Buffer.from(wavOf(goforward));
  wav.writeUInt16LE(2, 20);
  return wav;
}

const linkOf = (path: string): string | null => {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
};
