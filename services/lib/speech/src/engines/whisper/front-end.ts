/** Whisper's front end (OpenAI whisper/audio.py): windows of 25 ms every 10 ms, and a convolution that halves their rate. */
export const sampleRate = 16_000;
export const windowSize = 400;
export const hop = 160;

/** Samples for each encoder frame: 20 ms. */
export const frameSamples = 2 * hop;
