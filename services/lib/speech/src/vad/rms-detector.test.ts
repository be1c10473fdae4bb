import { describe, expect, it } from 'vitest';
import { CONTEXT_SAMPLES, WINDOW_SAMPLES } from '../audio-window.ts';
import { RmsDetector } from './rms-detector.ts';

const tone = (windows: number, amplitude: number) =>
  Int16Array.from(
    { length: CONTEXT_SAMPLES + windows * WINDOW_SAMPLES },
    (_, i) => amplitude * Math.sin((2 * Math.PI * 300 * i) / 16_000),
  );

describe('RmsDetector', () => {
  it('hears a loud stretch after a quiet one as speech, and digital silence as none', async () => {
    const detector = new RmsDetector();
    const quiet = await detector.detect({ pcm16: tone(30, 0), state: detector.initialState() });
    expect(Math.max(...quiet.probabilities)).toBe(0);
    const loud = await detector.detect({ pcm16: tone(5, 8_000), state: quiet.states.at(-1)! });
    expect(Math.min(...loud.probabilities)).toBeGreaterThan(0.9);
  });

  it('gets used to a steady level', async () => {
    const detector = new RmsDetector();
    const { probabilities } = await detector.detect({ pcm16: tone(600, 1_000), state: detector.initialState() });
    expect(probabilities[0]).toBeGreaterThan(0.9);
    expect(probabilities.at(-1)).toBeLessThan(0.35);
  });
});
