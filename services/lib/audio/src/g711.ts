/**
 * ITU-T Recommendation G.711 (11/1988), "Pulse code modulation (PCM) of voice frequencies": the decoder output values of
 * tables 1a (A-law) and 2a (mu-law), scaled from 13 and 14 bits to 16 as usual, so that the largest are 32256 and 32124.
 */

/** Mu-law: all bits inverted; sign, three bits of segment, four of step; a bias of 33 in 14-bit units, 132 here. */
const decodeMulaw = (code: number): number => {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 132) << ((bits >> 4) & 0x07)) - 132;
  return bits & 0x80 ? -magnitude : magnitude;
};

/** A-law: even bits inverted; sign (1 is positive), three bits of segment, four of step; values in the middle of a step. */
const decodeAlaw = (code: number): number => {
  const bits = code ^ 0x55;
  const segment = (bits >> 4) & 0x07;
  const step = ((bits & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return bits & 0x80 ? magnitude : -magnitude;
};

/** Full scale is 1, as for 16-bit samples divided by 32768. */
const tableOf = (decode: (code: number) => number): Float32Array =>
  Float32Array.from({ length: 256 }, (_, code) => decode(code) / 32_768);

/** Sample values from -1 to 1 by mu-law byte. */
export const MULAW_TABLE = tableOf(decodeMulaw);

/** Sample values from -1 to 1 by A-law byte. */
export const ALAW_TABLE = tableOf(decodeAlaw);
