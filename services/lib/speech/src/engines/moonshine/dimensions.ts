/** What is fixed in Moonshine tiny (27 M parameters, https://arxiv.org/abs/2410.15608), as the shipped graphs have it. */
export const moonshineTiny = {
  sampleRate: 16_000,
  hidden: 288,
  heads: 8,
  headSize: 36,
  /** Of each head's 36 dimensions the first 32 are rotated, in interleaved pairs. */
  rotarySize: 32,
  encoderLayers: 6,
  decoderLayers: 6,
  feedForward: 1152,
} as const;

/** The encoder's front end: three convolutions without padding, so that a frame of its output is 384 samples. */
export const frontEnd = {
  first: { kernel: 127, stride: 64, channels: 288 },
  second: { kernel: 7, stride: 3, channels: 576 },
  third: { kernel: 3, stride: 2, channels: 288 },
  groupNormEpsilon: 1e-5,
} as const;

/** Frames that the encoder's rotary tables hold: 36 s. */
export const maxFrames = 1536;

/** Positions that the decoder's rotary tables hold: more than the token cap of the longest utterance. */
export const maxPositions = 512;
