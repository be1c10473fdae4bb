/** Silero VAD v5 at 16 kHz judges windows of 512 samples (32 ms) and wants the 64 samples before each as context. */
export const WINDOW_SAMPLES = 512;
export const CONTEXT_SAMPLES = 64;

/** A window's power is looked at in frames of 128 samples (8 ms): when speech ends is told finer than by the window. */
export const POWER_FRAME_SAMPLES = 128;
export const POWER_FRAMES = WINDOW_SAMPLES / POWER_FRAME_SAMPLES;

/** Mean power of each of a window's frames, in dB relative to full scale. */
export function framePowers(window: Int16Array): number[] {
  return Array.from({ length: POWER_FRAMES }, (_, frame) =>
    powerDb(window.subarray(frame * POWER_FRAME_SAMPLES, (frame + 1) * POWER_FRAME_SAMPLES)),
  );
}

/** Converts signed 16-bit samples to floats in [-1, 1). */
export function floatFromPcm16(pcm: Int16Array): Float32Array {
  const floats = new Float32Array(pcm.length);
  for (let i = 0; i < pcm.length; i++) floats[i] = pcm[i]! / 32768;
  return floats;
}

/** Mean power of a window in dB relative to full scale; -100 for digital silence. */
export function powerDb(pcm: Int16Array): number {
  let sum = 0;
  for (let i = 0; i < pcm.length; i++) sum += pcm[i]! * pcm[i]!;
  if (sum === 0) return -100;
  return Math.max(-100, 10 * Math.log10(sum / pcm.length / 32768 ** 2));
}
