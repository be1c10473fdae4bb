import { Tensor } from 'onnxruntime-node';
import { wholeBlocks } from './audio-frames.ts';
import { moonshineTiny } from './dimensions.ts';
import type { EncodedAudio } from './encoder.ts';
import type { FloatPool } from './float-pool.ts';

const { decoderLayers, heads, headSize } = moonshineTiny;
const layers = Array.from({ length: decoderLayers }, (_, layer) => layer);

type Buffer = Float32Array<ArrayBuffer>;

/**
 * What the decoder remembers of a batch, by layer: cross-attention keys and values, padded to the longest row, and those of
 * earlier tokens, which the graph updates in place.
 */
export class DecoderMemory {
  /** Positions of the cache and frames of cross-attention, both in whole blocks. */
  readonly capacity: number;
  readonly paddedFrames: number;
  /** Frames with audio, by row. */
  readonly frames: number[];
  readonly #crossKeys: readonly Buffer[];
  readonly #crossValues: readonly Buffer[];
  readonly #pastKeys: readonly Buffer[];
  readonly #pastValues: readonly Buffer[];

  /** @param frames frames with audio of each row; what they hold is yet to be placed. */
  constructor(pool: FloatPool, frames: readonly number[], capacity: number) {
    this.capacity = wholeBlocks(capacity);
    this.paddedFrames = wholeBlocks(Math.max(...frames));
    this.frames = [...frames];
    const take = (what: string, size: number): readonly Buffer[] =>
      layers.map((layer) => pool.take(`${what} ${layer}`, frames.length * size));
    this.#crossKeys = take('cross keys', this.#crossSize);
    this.#crossValues = take('cross values', this.#crossSize);
    this.#pastKeys = take('past keys', this.#pastSize);
    this.#pastValues = take('past values', this.#pastSize);
  }

  /** Copies an utterance into its row. */
  place(row: number, encoded: EncodedAudio): void {
    for (const layer of layers) {
      const keys = part(encoded.keys, encoded.keys.length / decoderLayers, layer);
      const values = part(encoded.values, encoded.values.length / decoderLayers, layer);
      copyLines(keys, part(this.#crossKeys[layer]!, this.#crossSize, row), heads * headSize);
      copyLines(values, part(this.#crossValues[layer]!, this.#crossSize, row), heads);
    }
  }

  get rows(): number {
    return this.frames.length;
  }

  /** Floats of one row of one layer. */
  get #crossSize(): number {
    return heads * headSize * this.paddedFrames;
  }

  get #pastSize(): number {
    return heads * headSize * this.capacity;
  }

  /** The memory as inputs of the decoder graph. */
  feeds(): Record<string, Tensor> {
    const { capacity, paddedFrames } = this;
    return {
      ...this.#tensors('cross_key', this.#crossKeys, [headSize, paddedFrames]),
      ...this.#tensors('cross_value', this.#crossValues, [paddedFrames, headSize]),
      ...this.#tensors('past_key', this.#pastKeys, [headSize, capacity]),
      ...this.#tensors('past_value', this.#pastValues, [capacity, headSize]),
    };
  }

  /** What the graph updates, as its outputs: the same memory as in `feeds`. */
  fetches(): Record<string, Tensor> {
    return {
      ...this.#tensors('present_key', this.#pastKeys, [headSize, this.capacity]),
      ...this.#tensors('present_value', this.#pastValues, [this.capacity, headSize]),
    };
  }

  #tensors(name: string, buffers: readonly Buffer[], shape: readonly number[]): Record<string, Tensor> {
    const dims = [this.rows, heads, 1, ...shape];
    const size = dims.reduce((product, dimension) => product * dimension);
    return Object.fromEntries(
      buffers.map((buffer, layer) => [`${name}_${layer}`, new Tensor('float32', buffer.subarray(0, size), dims)]),
    );
  }

  /** Takes a row out. The last row moves to its place. */
  remove(row: number): void {
    const last = this.rows - 1;
    if (row !== last) {
      for (const buffer of [...this.#crossKeys, ...this.#crossValues]) moveRow(buffer, this.#crossSize, last, row);
      for (const buffer of [...this.#pastKeys, ...this.#pastValues]) moveRow(buffer, this.#pastSize, last, row);
      this.frames[row] = this.frames[last] ?? 0;
    }
    this.frames.pop();
  }
}

function part(buffer: Buffer, size: number, index: number): Buffer {
  return buffer.subarray(index * size, (index + 1) * size);
}

/** Copies `lines` lines into as many longer or equal ones, zeros after each. */
function copyLines(from: Buffer, to: Buffer, lines: number): void {
  if (from.length === to.length) {
    to.set(from);
    return;
  }
  const short = from.length / lines;
  const long = to.length / lines;
  for (let line = 0; line < lines; line++) {
    to.set(from.subarray(line * short, (line + 1) * short), line * long);
    to.fill(0, line * long + short, (line + 1) * long);
  }
}

function moveRow(buffer: Buffer, size: number, from: number, to: number): void {
  buffer.copyWithin(to * size, from * size, (from + 1) * size);
}
