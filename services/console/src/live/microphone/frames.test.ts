import { describe, expect, it } from 'vitest';
import { FRAME_SAMPLES, Frames } from './frames.ts';

const tone = (hertz: number, rate: number, seconds: number): Float32Array =>
  Float32Array.from({ length: rate * seconds }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / rate));

const framesOf = (rate: number, samples: Float32Array, block = 1024): Uint8Array[] => {
  const frames: Uint8Array[] = [];
  const cutter = new Frames(rate, (frame) => frames.push(frame));
  for (let at = 0; at < samples.length; at += block) cutter.push(samples.subarray(at, at + block));
  cutter.flush();
  return frames;
};

const samplesOf = (frames: readonly Uint8Array[]): number[] =>
  frames.flatMap((frame) => {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    return Array.from({ length: frame.length / 2 }, (_, i) => view.getInt16(2 * i, true));
  });

const loudest = (samples: readonly number[]): number =>
  samples.reduce((most, each) => Math.max(most, Math.abs(each)), 0);

describe('frames of a microphone', () => {
  it.each([16_000, 44_100, 48_000])('are 80 ms at 16 kHz from a device at %i Hz', (rate) => {
    const frames = framesOf(rate, tone(440, rate, 1));
    expect(frames.slice(0, -1).every(({ length }) => length === 2 * FRAME_SAMPLES)).toBe(true);
    expect(samplesOf(frames).length).toBeGreaterThan(15_900);
    expect(samplesOf(frames).length).toBeLessThanOrEqual(16_000);
  });

  it('hold what speech is made of, and nothing of what would fold into it', () => {
    expect(loudest(samplesOf(framesOf(48_000, tone(1_000, 48_000, 1))).slice(1_000))).toBeGreaterThan(32_000);
    expect(loudest(samplesOf(framesOf(48_000, tone(11_000, 48_000, 1))).slice(1_000, -100))).toBeLessThan(40);
  });

  it('are clipped and not wrapped where the sound is too loud', () => {
    expect(samplesOf(framesOf(16_000, Float32Array.of(2, -2)))).toEqual([32_767, -32_767]);
  });
});
