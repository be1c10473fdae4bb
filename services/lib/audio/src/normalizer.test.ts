import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AudioNormalizer } from './normalizer.ts';
import { bytesOf, chunkings, formatOf, noise, sine } from './testing.ts';

const normalize = (normalizer: AudioNormalizer, chunks: readonly Uint8Array[]): Int16Array =>
  Int16Array.from(
    [...chunks.map((chunk) => normalizer.push(chunk)), normalizer.flush()].flatMap((piece) => [...piece]),
  );

describe('an audio normalizer', () => {
  it('passes LINEAR16 mono at 16 kHz bit for bit, every value', () => {
    const every = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
    const normalizer = new AudioNormalizer(formatOf('linear16'));
    expect(normalizer.push(bytesOf(every))).toEqual(every);
    expect(normalizer.flush()).toHaveLength(0);
  });

  it('gives the same samples for every format and chunking', () => {
    const bytes = bytesOf(Int16Array.from(noise(3_000), (value) => value * 20_000));
    const formats = fc.record({
      encoding: fc.constantFrom('linear16', 'mulaw', 'alaw' as const),
      sampleRateHertz: fc.constantFrom(8_000, 16_000, 44_100, 48_000),
      channelCount: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(formats, chunkings(bytes), (format, chunks) => {
        expect(normalize(new AudioNormalizer(format), chunks)).toEqual(normalize(new AudioNormalizer(format), [bytes]));
      }),
      { numRuns: 40 },
    );
  });

  it('rounds to the nearest value and clips at full scale', () => {
    const step = 1 / 32_768;
    const floats = Float32Array.of(1, -1, 0.4 * step, 0.6 * step, -0.6 * step, 2);
    const normalizer = new AudioNormalizer(formatOf('float32'));
    expect([...normalizer.push(bytesOf(floats))]).toEqual([32_767, -32_768, 0, 1, -1, 32_767]);
  });

  it('counts its position in 16 kHz samples and ends where the audio ends', () => {
    const normalizer = new AudioNormalizer(formatOf('linear16', 48_000, 2));
    let given = 0;
    for (let i = 0; i < 50; i++) {
      given += normalizer.push(new Uint8Array(48_000 * 2 * 2 * 0.02)).length;
      expect(normalizer.position).toBe(given);
      expect(normalizer.received).toBe((i + 1) * 320);
      expect(normalizer.received - normalizer.position).toBeLessThan(50);
    }
    normalizer.flush();
    expect(normalizer.position).toBe(16_000);
  });

  it('keeps the place of what follows a rejected chunk', () => {
    const normalizer = new AudioNormalizer(formatOf('float32', 8_000));
    const before = normalizer.push(bytesOf(sine(440, 8_000, 800)));
    expect(() => normalizer.push(bytesOf(new Float32Array(800).fill(Number.NaN)))).toThrow('Sample 800 is NaN');
    const click = new Float32Array(800);
    click[400] = 1;
    const after = Int16Array.of(...normalizer.push(bytesOf(click)), ...normalizer.flush());
    expect(normalizer.position).toBe(4_800);
    expect(before.length + after.indexOf(Math.max(...after))).toBe(4_000);
  });
});
