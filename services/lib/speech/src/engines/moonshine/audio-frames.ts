import { frontEnd } from './dimensions.ts';

const { first, second, third } = frontEnd;

/** The fewest samples that give one encoder frame (56 ms): shorter audio is padded with zeros. */
export const minimumSamples = timesFor(timesFor(timesFor(1, third), second), first);

function timesFor(outputs: number, convolution: { kernel: number; stride: number }): number {
  return (outputs - 1) * convolution.stride + convolution.kernel;
}

function outputsOf(inputs: number, convolution: { kernel: number; stride: number }): number {
  return Math.floor((inputs - convolution.kernel) / convolution.stride) + 1;
}

/** Rows of 64 samples that the encoder graph needs for `samples` of audio: one more than its first convolution's outputs. */
export function audioRows(samples: number): number {
  return outputsOf(Math.max(samples, minimumSamples), first) + 1;
}

/** Encoder frames for `samples` of audio: about 41.7 a second. */
export function frameCount(samples: number): number {
  return outputsOf(outputsOf(outputsOf(Math.max(samples, minimumSamples), first), second), third);
}

/** Writes the audio into `target` (rows × 64), zeros after its end. What lies beyond the last whole window is left out. */
export function fillRows(audio: Float32Array, target: Float32Array): void {
  const samples = audio.subarray(0, target.length);
  target.set(samples);
  target.fill(0, samples.length);
}
