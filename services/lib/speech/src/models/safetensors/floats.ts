/** Element types of a safetensors file that hold weights, and bytes for each element. */
export const floatTypes = { F32: 4, F16: 2, BF16: 2 } as const;
export type FloatType = keyof typeof floatTypes;

/** Little-endian floats of any of the types as 32-bit ones. `bytes` may be changed or become the result. */
export function toFloat32(bytes: Uint8Array<ArrayBuffer>, type: FloatType): Float32Array<ArrayBuffer> {
  if (type === 'F32') return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  const bits = new Uint32Array(halves.length);
  if (type === 'BF16') {
    // A bfloat16 is the upper half of a float.
    for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
    return new Float32Array(bits.buffer);
  }
  for (let i = 0; i < halves.length; i++) bits[i] = halfTable[halves[i]!]!;
  return new Float32Array(bits.buffer);
}

/** Of each IEEE 754 half, the bits of the equal float. */
const halfTable = Uint32Array.from({ length: 1 << 16 }, (_, half) => {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  return new Uint32Array(Float32Array.of((sign === 0 ? 1 : -1) * fraction * 2 ** -24).buffer)[0]!;
});
