import { describe, expect, it } from 'vitest';
import { FAINT_BELOW_LOUD_DB, speechBounds } from './speech-bounds.ts';

const FRAME = 160;

/** Frames of a square wave, one amplitude for each. */
const frames = (...amplitudes: readonly number[]) =>
  Int16Array.from(
    amplitudes.flatMap((amplitude) => Array.from({ length: FRAME }, (_, i) => (i % 2 ? -amplitude : amplitude))),
  );
const times = (count: number, amplitude: number) => new Array<number>(count).fill(amplitude);

describe('speechBounds', () => {
  it('finds where loud frames begin and end in silence', () => {
    const pcm16 = frames(...times(20, 0), ...times(30, 5000), ...times(25, 0));
    expect(speechBounds(pcm16)).toEqual({ start: 20 * FRAME, end: 50 * FRAME });
  });

  it('takes no click of two frames for speech', () => {
    const pcm16 = frames(...times(10, 0), ...times(2, 9000), ...times(10, 0), ...times(30, 5000), ...times(9, 0));
    expect(speechBounds(pcm16)).toEqual({ start: 22 * FRAME, end: 52 * FRAME });
  });

  it('counts a weak end of a word within 25 dB, and not one that is weaker', () => {
    const weak = (amplitude: number) =>
      frames(...times(10, 1), ...times(30, 8000), ...times(5, amplitude), ...times(20, 1));
    expect(speechBounds(weak(800))?.end).toBe(45 * FRAME);
    expect(speechBounds(weak(300))?.end).toBe(40 * FRAME);
  });

  it('counts weaker frames where it is asked to', () => {
    const pcm16 = frames(...times(10, 1), ...times(30, 8000), ...times(5, 300), ...times(20, 1));
    expect(speechBounds(pcm16, FAINT_BELOW_LOUD_DB)?.end).toBe(45 * FRAME);
  });

  it('does not take noise for speech in a recording whose noise is within 25 dB', () => {
    const pcm16 = frames(...times(20, 500), ...times(40, 4000), ...times(20, 500));
    expect(speechBounds(pcm16)).toEqual({ start: 20 * FRAME, end: 60 * FRAME });
  });

  it('finds none in digital silence or in nothing', () => {
    expect(speechBounds(new Int16Array(16_000))).toBeNull();
    expect(speechBounds(new Int16Array(0))).toBeNull();
  });
});
