/**
 * Frames and cache positions come in whole blocks of this size, padded and masked. A masked one adds an exact zero to a sum,
 * and vector code of any width up to 16 floats then adds the others in the same order whatever the padding: results do not
 * depend on the length of batch mates, to the last bit.
 */
export const frameBlock = 16;

/** The least multiple of `frameBlock` that is not below `count`. */
export function wholeBlocks(count: number): number {
  return Math.ceil(count / frameBlock) * frameBlock;
}
