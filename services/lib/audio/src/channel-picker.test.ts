import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChannelPicker } from './channel-picker.ts';
import { bytesOf, chunkings, formatOf } from './testing.ts';

describe('a channel picker', () => {
  it('gives one channel of any number, in every encoding, however the bytes are cut', () => {
    const cases = fc
      .record({
        encoding: fc.constantFrom('linear16', 'mulaw', 'alaw', 'float32' as const),
        channels: fc.integer({ min: 1, max: 8 }),
        frames: fc.integer({ min: 0, max: 20 }),
      })
      .chain(({ encoding, channels, frames }) => {
        const size = { linear16: 2, mulaw: 1, alaw: 1, float32: 4 }[encoding];
        // Every byte says which channel it is of.
        const bytes = Uint8Array.from({ length: frames * channels * size }, (_, i) => Math.floor(i / size) % channels);
        const format = formatOf(encoding, 16_000, channels);
        return fc.record({ format: fc.constant(format), size: fc.constant(size), chunks: chunkings(bytes) });
      });
    fc.assert(
      fc.property(cases, ({ format, size, chunks }) => {
        for (let channel = 0; channel < format.channelCount; channel++) {
          const picker = new ChannelPicker(format, channel);
          expect(picker.format).toEqual({ ...format, channelCount: 1 });
          const picked = Buffer.concat(chunks.map((chunk) => picker.push(chunk)));
          const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
          expect(picked).toEqual(Buffer.alloc(total / format.channelCount, channel));
          expect(picked.length % size).toBe(0);
        }
      }),
      { seed: 1 },
    );
  });

  it('drops half a frame at the end', () => {
    const picker = new ChannelPicker(formatOf('linear16', 16_000, 2), 1);
    expect(picker.push(bytesOf(Int16Array.of(1, 2, 3)))).toEqual(Buffer.from(bytesOf(Int16Array.of(2))));
  });

  it('knows no channel that the format does not have', () => {
    const format = formatOf('linear16', 16_000, 2);
    for (const channel of [-1, 2, Number.NaN]) expect(() => new ChannelPicker(format, channel)).toThrow(RangeError);
  });
});
