import { SttError } from '@verbatim/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, chunkings, formatOf } from '../testing.ts';
import { openWav, readWav } from './read-wav.ts';
import { writeWav } from './write-wav.ts';

interface Parts {
  readonly outer?: string;
  readonly riffSize?: number;
  readonly tag?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits?: number;
  readonly frameBytes?: number;
  /** Bytes of the format chunk after its first 16. */
  readonly extra?: Uint8Array;
  /** Chunks between format and samples. */
  readonly before?: Uint8Array;
  /** Chunks between the file's beginning and its format. */
  readonly first?: Uint8Array;
  readonly dataSize?: number;
  readonly data?: Uint8Array;
  readonly after?: Uint8Array;
}

const u16 = (value: number): number[] => [value & 0xff, (value >> 8) & 0xff];
const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)];
const text = (value: string): number[] => [...Buffer.from(value, 'latin1')];
const chunk = (id: string, body: readonly number[], size = body.length): number[] => [
  ...text(id),
  ...u32(size),
  ...body,
  ...(body.length % 2 ? [0] : []),
];

const wavOf = (parts: Parts = {}): Uint8Array => {
  const { tag = 1, channels = 1, rate = 16_000, bits = 16, data = Uint8Array.of(1, 2, 3, 4) } = parts;
  const frameBytes = parts.frameBytes ?? channels * Math.ceil(bits / 8);
  const format = [
    ...u16(tag),
    ...u16(channels),
    ...u32(rate),
    ...u32(rate * frameBytes),
    ...u16(frameBytes),
    ...u16(bits),
  ];
  const inner = [
    ...text('WAVE'),
    ...(parts.first ?? []),
    ...chunk('fmt ', [...format, ...(parts.extra ?? [])]),
    ...(parts.before ?? []),
    ...chunk('data', [...data], parts.dataSize ?? data.length),
    ...(parts.after ?? []),
  ];
  return Uint8Array.from([...text(parts.outer ?? 'RIFF'), ...u32(parts.riffSize ?? inner.length), ...inner]);
};

async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks;
}

const collect = async (data: AsyncIterable<Uint8Array>): Promise<number[]> => {
  const bytes: number[] = [];
  for await (const piece of data) bytes.push(...piece);
  return bytes;
};

const floatsOf = (bytes: Uint8Array): number[] => [...new Float32Array(bytes.slice().buffer)];

const errorOf = (bytes: Uint8Array): SttError => {
  try {
    readWav(bytes);
  } catch (error) {
    return SttError.from(error);
  }
  throw new Error('It should have thrown.');
};

describe('reading WAV', () => {
  it('reads what writeWav wrote, in every encoding', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('linear16', 'mulaw', 'alaw', 'float32' as const),
        fc.integer({ min: 8_000, max: 48_000 }),
        fc.integer({ min: 1, max: 8 }),
        fc.uint8Array({ maxLength: 200 }),
        (encoding, rate, channels, bytes) => {
          const format = formatOf(encoding, rate, channels);
          const frameBytes = { linear16: 2, mulaw: 1, alaw: 1, float32: 4 }[encoding] * channels;
          const data = bytes.subarray(0, bytes.length - (bytes.length % frameBytes));
          expect(readWav(writeWav(format, data))).toEqual({ format, samples: data.length / frameBytes, data });
        },
      ),
    );
  });

  it('writes 16-bit samples as little-endian bytes in a file of the canonical 44-byte header', () => {
    const pcm16 = Int16Array.of(1, -2, 300);
    expect([...writeWav(formatOf('linear16'), pcm16)]).toEqual([...wavOf({ data: bytesOf(pcm16) })]);
  });

  it('gives the same from a stream, however it is cut', async () => {
    const whole = wavOf({
      data: Uint8Array.from({ length: 60 }, (_, i) => i),
      before: Uint8Array.from(chunk('LIST', text('odd'))),
    });
    await fc.assert(
      fc.asyncProperty(chunkings(whole), async (chunks) => {
        const { format, samples, data } = await openWav(streamOf(chunks));
        expect({ format, samples, data: await collect(data) }).toEqual({
          ...readWav(whole),
          data: [...readWav(whole).data],
        });
      }),
    );
  });

  it.each([
    ['8-bit', 1, 8, [0, 128, 255], [-1, 0, 127 / 128]],
    ['24-bit', 1, 24, [0, 0, 0x80, 0xff, 0xff, 0x7f, 0, 0, 0xc0], [-1, 8_388_607 / 8_388_608, -0.5]],
    ['32-bit', 1, 32, [0, 0, 0, 0x80, 0, 0, 0, 0x40], [-1, 0.5]],
    ['float64', 3, 64, [...new Uint8Array(Float64Array.of(0.25, -1.5).buffer)], [0.25, -1.5]],
  ])('converts %s samples to FLOAT32, from memory and from a stream', async (_, tag, bits, data, expected) => {
    const file = wavOf({ tag, bits, data: Uint8Array.from(data) });
    const read = readWav(file);
    expect(read).toMatchObject({ format: formatOf('float32'), samples: expected.length });
    expect(floatsOf(read.data)).toEqual(expected);
    const bytewise = await openWav(streamOf([...file].map((byte) => Uint8Array.of(byte))));
    expect(bytewise).toMatchObject({ format: formatOf('float32'), samples: expected.length });
    expect(floatsOf(Uint8Array.from(await collect(bytewise.data)))).toEqual(expected);
  });

  it('reads the extensible format, also with fewer valid bits than its container has', () => {
    const guid = [1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
    const extra = Uint8Array.from([...u16(22), ...u16(20), ...u32(4), ...guid]);
    const file = wavOf({ tag: 0xfffe, bits: 24, extra, data: Uint8Array.of(0, 0, 0x40) });
    expect(floatsOf(readWav(file).data)).toEqual([0.5]);
    const unknown = extra.map((byte, i) => (i === extra.length - 1 ? 0 : byte));
    expect(errorOf(wavOf({ tag: 0xfffe, extra: unknown })).message).toContain('extensible kind with an unknown codec');
  });

  it('skips other chunks before the format, before and after the samples, odd ones with their padding', () => {
    const file = wavOf({
      first: Uint8Array.from(chunk('JUNK', new Array(28).fill(7))),
      before: Uint8Array.from([...chunk('LIST', text('INFOodd')), ...chunk('fact', u32(2))]),
      after: Uint8Array.from(chunk('id3 ', text('later'))),
    });
    expect(readWav(file)).toMatchObject({ samples: 2, data: Uint8Array.of(1, 2, 3, 4) });
  });

  it.each([
    ['ffmpeg into a pipe', { dataSize: 0xffff_ffff, riffSize: 0xffff_ffff }],
    ['sox into a pipe', { dataSize: 0x7fff_ffdb, riffSize: 0x7fff_ffff }],
    ['a recorder that was cut off', { dataSize: 0, riffSize: 36 }],
    ['a recorder that knew nothing', { dataSize: 0, riffSize: 0 }],
  ])('reads to the end where the size is not known: %s', async (_, sizes) => {
    const file = wavOf(sizes);
    expect(readWav(file)).toMatchObject({ samples: 2, data: Uint8Array.of(1, 2, 3, 4) });
    const opened = await openWav(streamOf([file.subarray(0, 46), file.subarray(46)]));
    expect(opened).not.toHaveProperty('samples');
    expect(await collect(opened.data)).toEqual([1, 2, 3, 4]);
  });

  it('believes a size of 0 when more chunks follow', async () => {
    const file = wavOf({ data: new Uint8Array(0), after: Uint8Array.from(chunk('LIST', text('info'))) });
    expect(readWav(file)).toMatchObject({ samples: 0, data: new Uint8Array(0) });
    const opened = await openWav(streamOf([file]));
    expect(opened.samples).toBe(0);
    expect(await collect(opened.data)).toEqual([]);
  });

  it('reads RF64 with its 64-bit size', () => {
    const sizes = [...u32(0), ...u32(0), ...u32(4), ...u32(0), ...u32(0), ...u32(0), ...u32(0)];
    const first = Uint8Array.from(chunk('ds64', sizes));
    const after = Uint8Array.from(chunk('LIST', text('info')));
    const file = wavOf({ outer: 'RF64', riffSize: 0xffff_ffff, dataSize: 0xffff_ffff, first, after });
    expect(readWav(file).data).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  it.each([
    ['a recorder that was cut off', 0],
    ['a pipe', 0xffff_ffff],
  ])('reads RF64 to the end where its 64-bit size is of %s', (_, half) => {
    const sizes = [...u32(0), ...u32(0), ...u32(half), ...u32(half), ...u32(0), ...u32(0), ...u32(0)];
    const first = Uint8Array.from(chunk('ds64', sizes));
    const file = wavOf({ outer: 'RF64', riffSize: 0xffff_ffff, dataSize: 0xffff_ffff, first });
    expect(readWav(file)).toMatchObject({ samples: 2, data: Uint8Array.of(1, 2, 3, 4) });
  });

  it('gives what is there of samples that were cut off, promising in a stream what the header says', async () => {
    const file = wavOf({ dataSize: 1_000 });
    expect(readWav(file)).toMatchObject({ samples: 2, data: Uint8Array.of(1, 2, 3, 4) });
    const opened = await openWav(streamOf([file]));
    expect(opened.samples).toBe(500);
    expect(await collect(opened.data)).toEqual([1, 2, 3, 4]);
  });

  it.each([
    ['text', Uint8Array.from(text('hello, this is text')), 'not a WAV file: it begins with bytes 68656c6c6f'],
    ['AVI', Uint8Array.from([...text('RIFF'), ...u32(9), ...text('AVI LIST')]), 'not a WAV file'],
    ['big-endian RIFX', wavOf({ outer: 'RIFX' }), 'not a WAV file'],
    ['nothing', new Uint8Array(0), 'ends after 0 bytes'],
    ['a header that was cut off', wavOf().subarray(0, 30), 'ends after 30 bytes'],
    ['MP3 inside', wavOf({ tag: 0x55 }), 'MP3 (format 0x55)'],
    ['IMA ADPCM inside', wavOf({ tag: 0x11, bits: 4 }), 'IMA ADPCM'],
    ['an unheard-of codec', wavOf({ tag: 0x1234 }), 'an unknown codec (format 0x1234)'],
    ['16-bit floats', wavOf({ tag: 3, bits: 16 }), 'samples of 2 bytes'],
    ['frames that no sample size divides', wavOf({ channels: 2, frameBytes: 5 }), 'samples of 2.5 bytes'],
    ['4 kHz', wavOf({ rate: 4_000 }), '4000 Hz; 8000 to 48000'],
    ['0 Hz', wavOf({ rate: 0 }), '0 Hz'],
    ['96 kHz', wavOf({ rate: 96_000 }), '96000 Hz'],
    ['no channels', wavOf({ channels: 0 }), '0 channels; 1 to 8'],
    ['9 channels', wavOf({ channels: 9 }), '9 channels'],
    [
      'a format chunk too short',
      Uint8Array.from([...text('RIFF'), ...u32(0), ...text('WAVE'), ...chunk('fmt ', [1, 0])]),
      '2 bytes',
    ],
    [
      'samples before their format',
      Uint8Array.from([...text('RIFF'), ...u32(0), ...text('WAVE'), ...chunk('data', [1, 0])]),
      'before their format',
    ],
  ])('refuses %s with one clear error, from memory and from a stream', async (_, file, message) => {
    expect(errorOf(file)).toMatchObject({ code: 'invalid_argument', field: 'audio' });
    expect(errorOf(file).message).toContain(message);
    await expect(openWav(streamOf([file]))).rejects.toThrow(message);
  });

  it('gives up on an endless header', async () => {
    const start = wavOf({ before: Uint8Array.from([...text('LIST'), ...u32(0x7000_0000)]) });
    async function* endless() {
      yield start;
      while (true) yield new Uint8Array(1024 * 1024);
    }
    await expect(openWav(endless())).rejects.toThrow('no samples in its first');
  });

  it('gives up on a header of ever more chunks after the first thousand, not after all of them', async () => {
    const empty = Uint8Array.from(Array.from({ length: 512 }, () => chunk('junk', [])).flat());
    let pulled = 0;
    async function* source() {
      yield wavOf().subarray(0, 36);
      for (; ; pulled++) yield empty;
    }
    await expect(openWav(source())).rejects.toThrow('more than 1000 chunks before its samples');
    expect(pulled).toBeLessThan(3);
  });

  it('never throws anything but an SttError, whatever the bytes', () => {
    const file = wavOf({ before: Uint8Array.from(chunk('LIST', text('info'))) });
    const change = fc.tuple(fc.nat(file.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), fc.nat(file.length), (changes, length) => {
        const broken = file.slice();
        for (const [at, value] of changes) broken[at] = value;
        try {
          readWav(broken.subarray(0, length));
        } catch (error) {
          expect(error).toBeInstanceOf(SttError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each(['after the samples', 'when the reader leaves', 'on a bad header'])('closes its source %s', async (when) => {
    let closed = false;
    async function* source() {
      try {
        yield when === 'on a bad header' ? Uint8Array.from(text('what is this?')) : wavOf();
        while (true) yield Uint8Array.of(0);
      } finally {
        closed = true;
      }
    }
    const opened = await openWav(source()).catch(() => null);
    for await (const _ of opened?.data ?? []) if (when === 'when the reader leaves') break;
    expect(closed).toBe(true);
  });
});
