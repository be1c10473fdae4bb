import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Resampler } from './resampler.ts';
import { joinFloats, noise, sine } from './testing.ts';

const resample = (rate: number, input: Float32Array): Float32Array => {
  const resampler = new Resampler(rate);
  return joinFloats([resampler.push(input), resampler.flush()]);
};

/** The middle of a signal, away from where it begins and ends. */
const middle = (samples: Float32Array): Float32Array => samples.subarray(1_000, -1_000);

const peak = (samples: Float32Array): number => samples.reduce((top, value) => Math.max(top, Math.abs(value)), 0);

/** Power of the difference over power of the expected signal, in decibels. */
const errorDb = (actual: Float32Array, expected: Float32Array): number => {
  let difference = 0;
  let power = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2;
    power += expected[i]! ** 2;
  }
  return 10 * Math.log10(difference / power);
};

const RATES = [8_000, 11_025, 12_000, 22_050, 24_000, 32_000, 44_100, 48_000];
/** Prime to 16000: their tables are blended. */
const ODD_RATES = [8_001, 15_999, 44_101, 47_999];
/** Above the Nyquist frequency of 16 kHz, hertz. */
const STOPPED = [8_000, 8_050, 8_200, 8_900, 10_100, 13_300, 15_990, 16_010, 19_000, 21_900, 23_900];

describe('a resampler', () => {
  it('passes 16 kHz untouched', () => {
    const input = noise(100);
    const resampler = new Resampler(16_000);
    expect(resampler.push(input)).toBe(input);
    expect(resampler.flush()).toHaveLength(0);
  });

  it.each([...RATES, ...ODD_RATES])('keeps tones of the pass band in amplitude and in place at %d Hz', (rate) => {
    const nyquist = Math.min(rate, 16_000) / 2;
    for (const hertz of [50, 440, nyquist * 0.5, nyquist * 0.9]) {
      const output = resample(rate, sine(hertz, rate, rate));
      expect(errorDb(middle(output), middle(sine(hertz, 16_000, output.length)))).toBeLessThan(-60);
    }
  });

  it.each([22_050, 24_000, 32_000, 44_100, 48_000, 44_101, 47_999])(
    'holds back at %d Hz what would alias, by 60 dB',
    (rate) => {
      for (const hertz of STOPPED.filter((each) => each < rate / 2)) {
        expect(peak(middle(resample(rate, sine(hertz, rate, rate / 4))))).toBeLessThan(0.5 / 1_000);
      }
    },
  );

  it('adds no image above the Nyquist frequency of 8 kHz input', () => {
    const output = middle(resample(8_000, sine(3_000, 8_000, 8_000)));
    const image = sine(5_000, 16_000, output.length);
    const quadrature = Float32Array.from(image, (_, i) => 0.5 * Math.cos((2 * Math.PI * 5_000 * i) / 16_000));
    const correlation = (other: Float32Array): number =>
      Math.abs(output.reduce((sum, value, i) => sum + value * other[i]!, 0) * 8) / output.length;
    expect(Math.hypot(correlation(image), correlation(quadrature))).toBeLessThan(1 / 1_000);
  });

  it.each([...RATES, ...ODD_RATES])('keeps a constant at its level at %d Hz', (rate) => {
    const output = middle(resample(rate, new Float32Array(rate).fill(0.5)));
    expect(peak(output.map((value) => value - 0.5))).toBeLessThan(1e-5);
  });

  it.each([...RATES, ...ODD_RATES])('puts a click at its place at %d Hz', (rate) => {
    const input = new Float32Array(rate);
    input[Math.round(rate / 2)] = 1;
    const output = resample(rate, input);
    const top = output.indexOf(peak(output));
    expect(Math.abs(top - (Math.round(rate / 2) * 16_000) / rate)).toBeLessThanOrEqual(0.5);
  });

  it('gives the same output, bit for bit, however the input is cut', () => {
    const rates = fc.oneof(fc.constantFrom(...RATES, ...ODD_RATES), fc.integer({ min: 8_000, max: 48_000 }));
    const lengths = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 12 });
    fc.assert(
      fc.property(rates, lengths, (rate, chunks) => {
        const input = noise(chunks.reduce((sum, length) => sum + length, 0));
        const resampler = new Resampler(rate);
        let at = 0;
        const pieces = chunks.map((length) => {
          at += length;
          return resampler.push(input.subarray(at - length, at));
        });
        expect(joinFloats([...pieces, resampler.flush()])).toEqual(resample(rate, input));
      }),
      { numRuns: 60 },
    );
  });

  it('gives as many samples as the input lasts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8_000, max: 48_000 }), fc.nat(3_000), (rate, count) => {
        expect(resample(rate, new Float32Array(count))).toHaveLength(Math.ceil((count * 16_000) / rate));
      }),
      { numRuns: 40 },
    );
  });

  it('holds back no more than 6 ms', () => {
    for (const rate of RATES) {
      const output = new Resampler(rate).push(new Float32Array(rate));
      expect(output.length).toBeGreaterThan(16_000 - 96);
    }
  });

  it.each([0, 7_999, 48_001, 16_000.5, Number.NaN])('refuses a rate of %d Hz', (rate) => {
    expect(() => new Resampler(rate)).toThrow(`${rate} Hz`);
  });
});
