import type { AudioFormat } from '@verbatim/contracts';
import fc from 'fast-check';

/** Bytes cut at random places, empty chunks included. */
export const chunkings = (bytes: Uint8Array): fc.Arbitrary<Uint8Array[]> =>
  fc.array(fc.nat(bytes.length), { maxLength: 12 }).map((cuts) => {
    const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
    return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
  });

export const formatOf = (
  encoding: AudioFormat['encoding'],
  sampleRateHertz = 16_000,
  channelCount = 1,
): AudioFormat => ({ encoding, sampleRateHertz, channelCount });

export const joinFloats = (pieces: readonly Float32Array[]): Float32Array => {
  const all = new Float32Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
};

export const bytesOf = (samples: Int16Array | Float32Array): Uint8Array =>
  new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);

/** A sine of `hertz` at `rate`, `count` samples long, of amplitude 0.5. */
export const sine = (hertz: number, rate: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate));

/** Deterministic noise from -1 to 1 (the generator of Numerical Recipes, 7.1). */
export const noise = (count: number): Float32Array => {
  let seed = 1;
  return Float32Array.from({ length: count }, () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 31 - 1;
  });
};
