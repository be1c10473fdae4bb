import { Tensor } from 'onnxruntime-node';
import type { HeadShape } from './decoder-attention.ts';
import type { FloatPool } from './float-pool.ts';
import { wholeBlocks } from './whole-blocks.ts';

type Buffer = Float32Array<ArrayBuffer>;

/** Added to the score of what may not be looked at: its weight becomes an exact zero. */
export const hiddenScore = -1e9;

export interface DecoderShape extends HeadShape {
  readonly layers: number;
}

/** Frames that the decoder attends to: `count` from `from` on, of arrays that hold `width`. */
export interface EncodedAudio {
  /** [layers, heads, head size, width] */
  readonly keys: Buffer;
  /** [layers, heads, width, head size] */
  readonly values: Buffer;
  readonly width: number;
  readonly from: number;
  readonly count: number;
  /** How many frames each stands for. */
  readonly weight: number;
}

/**
 * What the decoder remembers of a batch, by layer: cross-attention keys and values, padded to the longest row, and those of
 * earlier tokens, which the graph updates in place.
 */
export class DecoderMemory {
  readonly shape: DecoderShape;
  /** Positions of the cache and frames of cross-attention, both in whole blocks. */
  readonly capacity: number;
  readonly paddedFrames: number;
  readonly #crossBias: Buffer;
  readonly #crossKeys: readonly Buffer[];
  readonly #crossValues: readonly Buffer[];
  readonly #pastKeys: readonly Buffer[];
  readonly #pastValues: readonly Buffer[];
  #rows: number;

  /**
   * @param frames the most frames of a row; what they hold is yet to be placed.
   * @param capacity positions of the longest row.
   */
  constructor(pool: FloatPool, shape: DecoderShape, rows: number, frames: number, capacity: number) {
    this.shape = shape;
    this.capacity = wholeBlocks(capacity);
    this.paddedFrames = wholeBlocks(frames);
    this.#rows = rows;
    const take = (what: string, size: number): readonly Buffer[] =>
      Array.from({ length: shape.layers }, (_, layer) => pool.take(`${what} ${layer}`, rows * size));
    this.#crossBias = pool.take('cross bias', rows * this.paddedFrames).fill(hiddenScore);
    this.#crossKeys = take('cross keys', this.#crossSize);
    this.#crossValues = take('cross values', this.#crossSize);
    this.#pastKeys = take('past keys', this.#pastSize);
    this.#pastValues = take('past values', this.#pastSize);
  }

  /** Copies what the encoder made of an utterance into its row, one part after the other. */
  place(row: number, parts: readonly EncodedAudio[]): void {
    const { heads, headSize, layers } = this.shape;
    const bias = part(this.#crossBias, this.paddedFrames, row);
    for (let layer = 0; layer < layers; layer++) {
      const keys = part(this.#crossKeys[layer]!, this.#crossSize, row);
      const values = part(this.#crossValues[layer]!, this.#crossSize, row);
      let at = 0;
      for (const encoded of parts) {
        const { width, from, count } = encoded;
        const layerSize = heads * headSize * width;
        copyLines(part(encoded.keys, layerSize, layer), width, from, count, keys, this.paddedFrames, at);
        const [wide, first, length] = [width * headSize, from * headSize, count * headSize];
        const target = this.paddedFrames * headSize;
        copyLines(part(encoded.values, layerSize, layer), wide, first, length, values, target, at * headSize);
        bias.fill(Math.log(encoded.weight), at, at + count);
        at += count;
      }
      clearLines(keys, this.paddedFrames, at);
      clearLines(values, this.paddedFrames * headSize, at * headSize);
      bias.fill(hiddenScore, at);
    }
  }

  get rows(): number {
    return this.#rows;
  }

  /** Floats of one row of one layer. */
  get #crossSize(): number {
    return this.shape.heads * this.shape.headSize * this.paddedFrames;
  }

  get #pastSize(): number {
    return this.shape.heads * this.shape.headSize * this.capacity;
  }

  /** The memory as inputs of the decoder graph. */
  feeds(): Record<string, Tensor> {
    const { capacity, paddedFrames, rows } = this;
    const { headSize } = this.shape;
    const bias = this.#crossBias.subarray(0, rows * paddedFrames);
    return {
      ...this.#tensors('cross_key', this.#crossKeys, [headSize, paddedFrames]),
      ...this.#tensors('cross_value', this.#crossValues, [paddedFrames, headSize]),
      ...this.#tensors('past_key', this.#pastKeys, [headSize, capacity]),
      ...this.#tensors('past_value', this.#pastValues, [capacity, headSize]),
      cross_bias: new Tensor('float32', bias, [rows, 1, 1, 1, paddedFrames]),
    };
  }

  /** What the graph updates, as its outputs: the same memory as in `feeds`. */
  fetches(): Record<string, Tensor> {
    const { headSize } = this.shape;
    return {
      ...this.#tensors('present_key', this.#pastKeys, [headSize, this.capacity]),
      ...this.#tensors('present_value', this.#pastValues, [this.capacity, headSize]),
    };
  }

  #tensors(name: string, buffers: readonly Buffer[], shape: readonly number[]): Record<string, Tensor> {
    const dims = [this.rows, this.shape.heads, 1, ...shape];
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
      moveRow(this.#crossBias, this.paddedFrames, last, row);
    }
    this.#rows--;
  }
}

function part(buffer: Buffer, size: number, index: number): Buffer {
  return buffer.subarray(index * size, (index + 1) * size);
}

/** Copies `count` elements from place `from` of each line of `source` to place `at` of the same line of `target`. */
function copyLines(
  source: Buffer,
  width: number,
  from: number,
  count: number,
  target: Buffer,
  targetWidth: number,
  at: number,
): void {
  const lines = source.length / width;
  for (let line = 0; line < lines; line++) {
    const begin = line * width + from;
    target.set(source.subarray(begin, begin + count), line * targetWidth + at);
  }
}

function clearLines(target: Buffer, width: number, from: number): void {
  if (from === width) return;
  for (let line = 0; line < target.length; line += width) target.fill(0, line + from, line + width);
}

function moveRow(buffer: Buffer, size: number, from: number, to: number): void {
  buffer.copyWithin(to * size, from * size, (from + 1) * size);
}
