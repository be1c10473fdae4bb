import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { DecoderMemory } from './decoder-memory.ts';
import { moonshineTiny } from './dimensions.ts';
import type { EncodedAudio } from './encoder.ts';
import type { FloatPool } from './float-pool.ts';
import type { NextToken } from './hypothesis.ts';

const { heads, headSize } = moonshineTiny;

/** Added to the score of what may not be looked at: its weight becomes an exact zero. */
const hiddenScore = -1e9;

/** Rows that the decoder works on together. Rows may leave; the last row then takes the place of the one that left. */
export class DecoderBatch {
  readonly #session: InferenceSession;
  readonly #memory: DecoderMemory;
  #step: Pass | undefined;

  /**
   * @param frames encoder frames of each row, whose audio is yet to be placed.
   * @param capacity positions of the longest row, begin mark included.
   */
  constructor(session: InferenceSession, pool: FloatPool, frames: readonly number[], capacity: number) {
    this.#session = session;
    this.#memory = new DecoderMemory(pool, frames, capacity);
  }

  /** Copies what the encoder made of a row's audio to its place. */
  place(row: number, encoded: EncodedAudio): void {
    this.#memory.place(row, encoded);
  }

  /** Feeds each row its first tokens, in one pass; answers with what follows each of them. */
  async start(rows: readonly (readonly number[])[]): Promise<NextToken[][]> {
    const length = Math.max(...rows.map((row) => row.length));
    const selected = rows.flatMap((tokens, row) => tokens.map((_, index) => row * length + index));
    const pass = this.#makePass(length, selected);
    rows.forEach((tokens, row) => {
      for (let index = 0; index < length; index++) setToken(pass, row, index, tokens[index] ?? 0, index);
    });
    await this.#session.run(pass.feeds, pass.fetches);
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
    tokens.forEach((token, row) => {
      setToken(pass, row, 0, token, positions[row] ?? 0);
    });
    await this.#session.run(pass.feeds, pass.fetches);
    return tokens.map((_, row) => nextToken(pass, row));
  }

  /** Takes a row out. The last row moves to its place. */
  remove(row: number): void {
    this.#memory.remove(row);
    this.#step = undefined;
  }

  #makePass(length: number, selected: readonly number[]): Pass {
    const { rows, capacity, paddedFrames } = this.#memory;
    const tokens = new BigInt64Array(rows * length);
    const positions = new BigInt64Array(rows * length);
    const keySlots = new BigInt64Array(rows * heads * headSize * length);
    const valueSlots = new BigInt64Array(keySlots.length);
    const selfBias = new Float32Array(rows * length * capacity);
    const topIds = new BigInt64Array(selected.length * 2);
    const topLogProbabilities = new Float32Array(selected.length * 2);
    const feeds = {
      ...this.#memory.feeds(),
      tokens: new Tensor('int64', tokens, [rows, length]),
      positions: new Tensor('int64', positions, [rows, length]),
      selected: new Tensor('int64', BigInt64Array.from(selected, BigInt), [selected.length]),
      key_slots: new Tensor('int64', keySlots, [rows, heads, 1, headSize, length]),
      value_slots: new Tensor('int64', valueSlots, [rows, heads, 1, length, headSize]),
      self_bias: new Tensor('float32', selfBias, [rows, 1, length, 1, capacity]),
      cross_bias: new Tensor('float32', this.#crossBias(), [rows, 1, 1, 1, paddedFrames]),
    };
    const fetches = {
      ...this.#memory.fetches(),
      top_ids: new Tensor('int64', topIds, [selected.length, 2]),
      top_log_probabilities: new Tensor('float32', topLogProbabilities, [selected.length, 2]),
    };
    const arrays = { tokens, positions, keySlots, valueSlots, selfBias, topIds, topLogProbabilities };
    return { length, capacity, feeds, fetches, ...arrays };
  }

  #crossBias(): Float32Array {
    const { rows, paddedFrames, frames } = this.#memory;
    const bias = new Float32Array(rows * paddedFrames);
    for (let row = 0; row < rows; row++) {
      bias.fill(hiddenScore, row * paddedFrames + (frames[row] ?? 0), (row + 1) * paddedFrames);
    }
    return bias;
  }
}

/** The tensors of one kind of pass, and the arrays behind those that change from run to run. */
interface Pass {
  readonly length: number;
  readonly capacity: number;
  readonly feeds: Record<string, Tensor>;
  readonly fetches: Record<string, Tensor>;
  readonly tokens: BigInt64Array;
  readonly positions: BigInt64Array;
  readonly keySlots: BigInt64Array;
  readonly valueSlots: BigInt64Array;
  readonly selfBias: Float32Array;
  readonly topIds: BigInt64Array;
  readonly topLogProbabilities: Float32Array;
}

function setToken(pass: Pass, row: number, index: number, token: number, position: number): void {
  const { length, capacity } = pass;
  const place = BigInt(position);
  const at = row * length + index;
  pass.tokens[at] = BigInt(token);
  pass.positions[at] = place;
  for (let line = row * heads * headSize; line < (row + 1) * heads * headSize; line++) {
    pass.keySlots[line * length + index] = place;
  }
  for (let head = row * heads; head < (row + 1) * heads; head++) {
    const from = (head * length + index) * headSize;
    pass.valueSlots.fill(place, from, from + headSize);
  }
  pass.selfBias.fill(0, at * capacity, at * capacity + position + 1);
  pass.selfBias.fill(hiddenScore, at * capacity + position + 1, (at + 1) * capacity);
}

function nextToken({ topIds, topLogProbabilities }: Pass, index: number): NextToken {
  const [best, second] = [2 * index, 2 * index + 1];
  return {
    ids: [Number(topIds[best]), Number(topIds[second])],
    logProbabilities: [topLogProbabilities[best] ?? Number.NaN, topLogProbabilities[second] ?? Number.NaN],
  };
}
