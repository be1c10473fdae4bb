export * from './channel-picker.ts';
export * from './normalizer.ts';
export * from './pcm-decoder.ts';
export * from './resampler.ts';
export * from './sniff.ts';
export * from './wav/read-wav.ts';
export * from './wav/wav-header.ts';
export * from './wav/write-wav.ts';
