/** 0.4 s at 16 kHz: what readers append to a log at a time, and what one of them holds while it waits. */
export const MAX_BLOCK_SAMPLES = 6_400;

/** The same samples in blocks that are short enough; views, no copies. */
export function* blocksOf(samples: Int16Array): Generator<Int16Array, void, undefined> {
  for (let at = 0; at < samples.length; at += MAX_BLOCK_SAMPLES) yield samples.subarray(at, at + MAX_BLOCK_SAMPLES);
}
