/** A short recording of real speech, 16 kHz mono WAV, that comes with the product (J. F. Kennedy 1961, public domain). */
export const WARM_UP_CLIP = new URL('../assets/warmup.wav', import.meta.url);
