import { describe, expect, it } from 'vitest';
import { audioRows, fillRows, frameCount, minimumSamples } from './audio-frames.ts';

describe('the cut of audio for the encoder', () => {
  it('pads what is too short for one frame', () => {
    expect(minimumSamples).toBe(895);
    expect([0, 1, 894, 895].map(frameCount)).toEqual([1, 1, 1, 1]);
    expect(frameCount(895 + 384)).toBe(2);
    expect(audioRows(0)).toBe(audioRows(895));
  });

  it('has rows for every whole window of 127 samples, and for no more', () => {
    for (const samples of [895, 958, 959, 960, 16_000, 480_000]) {
      const windows = Math.floor((samples - 127) / 64) + 1;
      expect(audioRows(samples)).toBe(windows + 1);
    }
  });

  it('gives about 41.7 frames a second', () => {
    expect(frameCount(30 * 16_000)).toBe(1248);
  });

  it('writes zeros after audio that ends inside the last row, and leaves out what fits no window', () => {
    const rows = new Float32Array(4).fill(9);
    fillRows(Float32Array.of(1, 2, 3), rows);
    expect(Array.from(rows)).toEqual([1, 2, 3, 0]);
    fillRows(Float32Array.of(1, 2, 3, 4, 5), rows);
    expect(Array.from(rows)).toEqual([1, 2, 3, 4]);
  });
});
