import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { moonshineTiny, paddedHeadSize } from './dimensions.ts';
import type { FloatPool } from './float-pool.ts';
import type { NextToken } from './hypothesis.ts';

const { decoderLayers, heads, headSize } = moonshineTiny;
const paddedAway = -1e9;

/** One row's cross-attention keys and values, [12, 8, frames, 36], and its frames. */
export interface EncodedRow {
  readonly cross: Float32Array<ArrayBuffer>;
  readonly frames: number;
}

/**
 * The decoder's memory for a batch of rows: cross-attention padded to the longest row, and a key-value cache that the
 * graph updates in place. Rows may leave; the last row then takes the place of the one that left.
 */
export class DecoderBatch {
  readonly #session: InferenceSession;
  readonly #pool: FloatPool;
  readonly #capacity: number;
  readonly #frames: number;
  readonly #rowFrames: number[];
  /** Per layer: keys, values. */
  readonly #cross: readonly Float32Array<ArrayBuffer>[];
  readonly #cache: readonly Float32Array<ArrayBuffer>[];
  #memory: Record<string, Tensor> = {};
  #updated: Record<string, Tensor> = {};
  #step: Pass | undefined;

  /** @param capacity positions of the longest row, begin mark included. */
  constructor(session: InferenceSession, pool: FloatPool, rows: readonly EncodedRow[], capacity: number) {
    this.#session = session;
    this.#pool = pool;
    this.#capacity = capacity;
    this.#rowFrames = rows.map((row) => row.frames);
    this.#frames = Math.max(...this.#rowFrames);
    this.#cross = this.#gatherCross(rows);
    this.#cache = Array.from({ length: 2 * decoderLayers }, (_, index) =>
      pool.take(`cache ${index}`, rows.length * this.#cacheRow),
    );
    this.#bind();
  }

  get size(): number {
    return this.#rowFrames.length;
  }

  get #crossRow(): number {
    return heads * this.#frames * headSize;
  }

  get #cacheRow(): number {
    return heads * this.#capacity * paddedHeadSize;
  }

  #gatherCross(rows: readonly EncodedRow[]): readonly Float32Array<ArrayBuffer>[] {
    const [only] = rows;
    return Array.from({ length: 2 * decoderLayers }, (_, index) => {
      if (rows.length === 1 && only !== undefined) {
        return only.cross.subarray(index * this.#crossRow, (index + 1) * this.#crossRow);
      }
      const target = this.#pool.take(`batch cross ${index}`, rows.length * this.#crossRow);
      rows.forEach(({ cross, frames }, row) => {
        const length = frames * headSize;
        for (let head = 0; head < heads; head++) {
          const from = (index * heads + head) * length;
          const to = row * this.#crossRow + head * this.#frames * headSize;
          target.set(cross.subarray(from, from + length), to);
          target.fill(0, to + length, to + this.#frames * headSize);
        }
      });
      return target;
    });
  }

  /** Makes the tensors of everything whose shape depends on the number of rows. */
  #bind(): void {
    const rows = this.size;
    this.#memory = {};
    this.#updated = {};
    this.#step = undefined;
    for (let index = 0; index < 2 * decoderLayers; index++) {
      const name = `${index % 2 === 0 ? 'key' : 'value'}_${index >> 1}`;
      const cross = this.#cross[index]!.subarray(0, rows * this.#crossRow);
      const cache = this.#cache[index]!.subarray(0, rows * this.#cacheRow);
      this.#memory[`cross_${name}`] = new Tensor('float32', cross, [rows, heads, this.#frames, headSize]);
      const cached = new Tensor('float32', cache, [rows, heads, this.#capacity, paddedHeadSize]);
      this.#memory[`past_${name}`] = cached;
      this.#updated[`present_${name}`] = cached;
    }
  }

  /** Feeds each row its first tokens, in one pass; answers with what follows each of them. */
  async start(rows: readonly (readonly number[])[]): Promise<NextToken[][]> {
    const length = Math.max(...rows.map((row) => row.length));
    const positions = rows.flatMap((tokens, row) => tokens.map((_, index) => row * length + index));
    const pass = this.#makePass(length, positions);
    pass.total[0] = length;
    rows.forEach((tokens, row) => {
      pass.lastPosition[row] = tokens.length - 1;
      tokens.forEach((token, index) => {
        pass.tokens[row * length + index] = BigInt(token);
      });
    });
    await this.#run(pass);
    let next = 0;
    return rows.map((tokens) => tokens.map(() => nextToken(pass, next++)));
  }

  /**
   * Feeds each row one token.
   *
   * @param positions the token's place in its row: what the cache held at or after it is forgotten.
   */
  async step(tokens: readonly number[], positions: readonly number[]): Promise<NextToken[]> {
    this.#step ??= this.#makePass(
      1,
      tokens.map((_, row) => row),
    );
    const pass = this.#step;
    pass.total[0] = Math.max(...positions) + 1;
    tokens.forEach((token, row) => {
      pass.tokens[row] = BigInt(token);
      pass.lastPosition[row] = positions[row] ?? 0;
    });
    await this.#run(pass);
    return tokens.map((_, row) => nextToken(pass, row));
  }

  /** Takes a row out. The last row moves to its place. */
  remove(row: number): void {
    const last = this.size - 1;
    if (row !== last) {
      for (const cross of this.#cross) moveRow(cross, this.#crossRow, last, row);
      for (const cache of this.#cache) moveRow(cache, this.#cacheRow, last, row);
      this.#rowFrames[row] = this.#rowFrames[last] ?? 0;
    }
    this.#rowFrames.pop();
    if (this.size > 0) this.#bind();
  }

  #makePass(length: number, positions: readonly number[]): Pass {
    const rows = this.size;
    const tokens = new BigInt64Array(rows * length);
    const lastPosition = new Int32Array(rows);
    const total = new Int32Array(1);
    const topIds = new BigInt64Array(positions.length * 2);
    const topLogProbabilities = new Float32Array(positions.length * 2);
    return {
      tokens,
      lastPosition,
      total,
      topIds,
      topLogProbabilities,
      feeds: {
        ...this.#memory,
        tokens: new Tensor('int64', tokens, [rows, length]),
        last_position: new Tensor('int32', lastPosition, [rows]),
        total: new Tensor('int32', total, [1]),
        selected: new Tensor('int64', BigInt64Array.from(positions, BigInt), [positions.length]),
        cross_bias: new Tensor('float32', this.#crossBias(length), [rows, 1, length, this.#frames]),
      },
      fetches: {
        ...this.#updated,
        top_ids: new Tensor('int64', topIds, [positions.length, 2]),
        top_log_probabilities: new Tensor('float32', topLogProbabilities, [positions.length, 2]),
      },
    };
  }

  #crossBias(length: number): Float32Array {
    const bias = new Float32Array(this.size * length * this.#frames);
    this.#rowFrames.forEach((frames, row) => {
      for (let line = row * length; line < (row + 1) * length; line++) {
        bias.fill(paddedAway, line * this.#frames + frames, (line + 1) * this.#frames);
      }
    });
    return bias;
  }

  async #run(pass: Pass): Promise<void> {
    await this.#session.run(pass.feeds, pass.fetches);
  }
}

/** The tensors of one kind of pass, and the arrays behind those that change from run to run. */
interface Pass {
  readonly tokens: BigInt64Array;
  readonly lastPosition: Int32Array;
  readonly total: Int32Array;
  readonly topIds: BigInt64Array;
  readonly topLogProbabilities: Float32Array;
  readonly feeds: Record<string, Tensor>;
  readonly fetches: Record<string, Tensor>;
}

function nextToken({ topIds, topLogProbabilities }: Pass, index: number): NextToken {
  const [best, second] = [2 * index, 2 * index + 1];
  return {
    ids: [Number(topIds[best]), Number(topIds[second])],
    logProbabilities: [topLogProbabilities[best] ?? Number.NaN, topLogProbabilities[second] ?? Number.NaN],
  };
}

function moveRow(array: Float32Array, length: number, from: number, to: number): void {
  array.copyWithin(to * length, from * length, (from + 1) * length);
}
