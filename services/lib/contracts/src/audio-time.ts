/** The sample rate of audio time. Every position in the product counts samples at this rate. */
export const SAMPLE_RATE = 16_000;

/** A position or length in audio time: an integer number of 16 kHz samples since the session's first sample. */
export type Samples = number;

/** Samples in `ms` milliseconds, rounded to the nearest sample. */
export const samplesFromMs = (ms: number): Samples => Math.round((ms * SAMPLE_RATE) / 1000);

/** Milliseconds in `samples` samples; not rounded. */
export const msFromSamples = (samples: Samples): number => (samples * 1000) / SAMPLE_RATE;

/** Seconds in `samples` samples; not rounded. */
export const secondsFromSamples = (samples: Samples): number => samples / SAMPLE_RATE;
