import { SttError } from '@verbatim/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MULAW_TABLE } from './g711.ts';
import { PcmDecoder } from './pcm-decoder.ts';
import { bytesOf, chunkings, formatOf, joinFloats } from './testing.ts';

const errorOf = (run: () => unknown): SttError => {
  try {
    run();
  } catch (error) {
    return SttError.from(error);
  }
  throw new Error('It should have thrown.');
};

describe('a PCM decoder', () => {
  it('reads little-endian 16-bit samples at full scale 1', () => {
    const bytes = Uint8Array.of(0x00, 0x80, 0xff, 0x7f, 0x01, 0x00, 0x00, 0xc0);
    expect([...new PcmDecoder(formatOf('linear16')).push(bytes)]).toEqual([-1, 32_767 / 32_768, 1 / 32_768, -0.5]);
  });

  it('reads G.711 by its tables', () => {
    expect([...new PcmDecoder(formatOf('mulaw')).push(Uint8Array.of(0, 0x80, 0xff))]).toEqual(
      [0, 0x80, 0xff].map((code) => MULAW_TABLE[code]),
    );
    expect([...new PcmDecoder(formatOf('alaw')).push(Uint8Array.of(0xaa))]).toEqual([32_256 / 32_768]);
  });

  it('clips floats beyond full scale', () => {
    const samples = Float32Array.of(0.25, 1.5, -7, -1);
    expect([...new PcmDecoder(formatOf('float32')).push(bytesOf(samples))]).toEqual([0.25, 1, -1, -1]);
  });

  it('averages channels', () => {
    const stereo = Int16Array.of(16_384, 0, -32_768, -32_768, 32_767, -32_768);
    const mono = new PcmDecoder(formatOf('linear16', 16_000, 2)).push(bytesOf(stereo));
    expect([...mono]).toEqual([0.25, -1, Math.fround(-0.5 / 32_768)]);
  });

  it('reads from any place in a larger buffer', () => {
    const whole = Uint8Array.of(9, 0x00, 0x40, 9);
    expect([...new PcmDecoder(formatOf('linear16')).push(whole.subarray(1, 3))]).toEqual([0.5]);
  });

  it('gives the same samples however the bytes are cut', () => {
    const cases = fc.record({
      encoding: fc.constantFrom('linear16', 'mulaw', 'alaw', 'float32' as const),
      channelCount: fc.integer({ min: 1, max: 8 }),
      samples: fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { maxLength: 40 }),
    });
    const run = cases.chain(({ encoding, channelCount, samples }) => {
      const bytes = bytesOf(Float32Array.from(samples));
      return fc.record({
        format: fc.constant(formatOf(encoding, 16_000, channelCount)),
        bytes: fc.constant(bytes),
        chunks: chunkings(bytes),
      });
    });
    fc.assert(
      fc.property(run, ({ format, bytes, chunks }) => {
        const whole = new PcmDecoder(format).push(bytes);
        const decoder = new PcmDecoder(format);
        expect(joinFloats(chunks.map((chunk) => decoder.push(chunk)))).toEqual(whole);
        expect(decoder.frames).toBe(whole.length);
      }),
    );
  });

  it('keeps no reference to a chunk whose end waits', () => {
    const decoder = new PcmDecoder(formatOf('linear16'));
    const chunk = Uint8Array.of(0x00, 0x40, 0x00);
    decoder.push(chunk);
    chunk.fill(0xff);
    expect([...decoder.push(Uint8Array.of(0x20))]).toEqual([0.25]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'names the sample that is %d, and lets the chunk pass as silence',
    (value) => {
      const decoder = new PcmDecoder(formatOf('float32'));
      decoder.push(bytesOf(Float32Array.of(0.1, 0.2)));
      const error = errorOf(() => decoder.push(bytesOf(Float32Array.of(0.3, value, 0.5))));
      expect(error).toMatchObject({ code: 'invalid_argument', field: 'audio', recoverable: true });
      expect(error.message).toContain(`Sample 3 is ${value};`);
      expect([...decoder.push(bytesOf(Float32Array.of(0.5)))]).toEqual([0, 0, 0, 0.5]);
      expect(decoder.frames).toBe(6);
      expect([...decoder.push(bytesOf(Float32Array.of(0.25)))]).toEqual([0.25]);
    },
  );

  it('names frame and channel of a bad sample, also where chunks cut it', () => {
    const decoder = new PcmDecoder(formatOf('float32', 16_000, 2));
    const bytes = bytesOf(Float32Array.of(0, 0, 0, Number.NaN, 0.5, 0.5));
    expect(decoder.push(bytes.subarray(0, 14))).toHaveLength(1);
    expect(errorOf(() => decoder.push(bytes.subarray(14, 18))).message).toContain('Sample 1 of channel 2 is NaN');
    expect([...decoder.push(bytes.subarray(18))]).toEqual([0, 0.5]);
  });

  it('gives out silence that it owes at the end, and drops half a frame', () => {
    const decoder = new PcmDecoder(formatOf('float32'));
    errorOf(() => decoder.push(bytesOf(Float32Array.of(Number.NaN, 0.5))));
    decoder.push(Uint8Array.of(1, 2));
    expect([...decoder.flush()]).toEqual([]);
    errorOf(() => decoder.push(bytesOf(Float32Array.of(Number.NaN, 0.5))));
    expect([...decoder.flush()]).toEqual([0, 0]);
    expect([...decoder.push(bytesOf(Float32Array.of(0.5)))]).toEqual([0.5]);
  });

  it('says that the stream is hopeless after a minute of nothing but bad audio, and owes no more than that', () => {
    const decoder = new PcmDecoder(formatOf('float32', 8_000));
    const second = bytesOf(new Float32Array(8_000).fill(Number.NaN));
    for (let i = 0; i < 60; i++) expect(errorOf(() => decoder.push(second)).recoverable).toBe(true);
    const last = errorOf(() => decoder.push(second));
    expect(last).toMatchObject({ code: 'invalid_argument', recoverable: false });
    expect(last.message).toContain('no valid chunk for 60 s');
    expect(decoder.flush()).toHaveLength(480_000);
  });

  it('takes empty chunks for nothing', () => {
    const decoder = new PcmDecoder(formatOf('linear16'));
    const empty = Array.from({ length: 10_000 }, () => decoder.push(new Uint8Array(0)));
    expect(joinFloats(empty)).toHaveLength(0);
    expect(decoder.frames).toBe(0);
  });
});
