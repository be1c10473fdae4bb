import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { type DecoderMemory, type EncodedAudio, hiddenScore } from './decoder-memory.ts';

/** How many rows a pass has, how many tokens each, and of how many of these the successor is wanted. */
export interface PassSize {
  readonly rows: number;
  readonly length: number;
  readonly selected: number;
  readonly paddedFrames: number;
}

/** Where a pass writes what it says of the next tokens. */
export interface PassOutputs {
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** A token of the batch: the row, and the place among those fed to it. */
export type TokenPlace = readonly [row: number, index: number];

/** Rows that the decoder works on together. Rows may leave; the last row then takes the place of the one that left. */
export class DecoderBatch<T extends PassOutputs> {
  readonly #session: InferenceSession;
  readonly #memory: DecoderMemory;
  readonly #outputs: (size: PassSize) => T;
  #step: Pass<T> | undefined;

  /**
   * @param memory of as many rows, whose audio is yet to be placed.
   * @param outputs makes the tensors that a pass writes what it says of the next tokens into.
   */
  constructor(session: InferenceSession, memory: DecoderMemory, outputs: (size: PassSize) => T) {
    this.#session = session;
    this.#memory = memory;
    this.#outputs = outputs;
  }

  /** Copies what the encoder made of a row's audio to its place. */
  place(row: number, parts: readonly EncodedAudio[]): void {
    this.#memory.place(row, parts);
  }

  /**
   * Feeds each row tokens from `position` on, in one pass.
   *
   * @param selected the tokens whose successors are wanted, in the order of the answer.
   */
  async feed(rows: readonly (readonly number[])[], position: number, selected: readonly TokenPlace[]): Promise<T> {
    const length = Math.max(...rows.map((row) => row.length));
    const pass = this.#makePass(
      length,
      selected.map(([row, index]) => row * length + index),
    );
    setRows(this.#memory, pass, rows, position);
    await this.#session.run(pass.feeds, pass.fetches);
    return pass.outputs;
  }

  /**
   * Feeds each row one token. The answer is overwritten by the next step.
   *
   * @param positions the token's place in its row: what the cache held at or after it is forgotten.
   */
  async step(tokens: readonly number[], positions: readonly number[]): Promise<T> {
    this.#step ??= this.#makePass(
      1,
      tokens.map((_, row) => row),
    );
    const pass = this.#step;
    tokens.forEach((token, row) => {
      setToken(this.#memory, pass, row, 0, token, positions[row] ?? 0);
    });
    await this.#session.run(pass.feeds, pass.fetches);
    return pass.outputs;
  }

  /** Takes a row out. The last row moves to its place. */
  remove(row: number): void {
    this.#memory.remove(row);
    this.#step = undefined;
  }

  #makePass(length: number, selected: readonly number[]): Pass<T> {
    const { rows, paddedFrames } = this.#memory;
    const outputs = this.#outputs({ rows, length, selected: selected.length, paddedFrames });
    const fetches = { ...this.#memory.fetches(), ...outputs.tensors };
    return { ...makeInputs(this.#memory, length, selected), fetches, outputs };
  }
}

/** The inputs of a pass over new rows, each of which gets tokens from position 0 on; every token is selected. */
export function firstFeeds(memory: DecoderMemory, rows: readonly (readonly number[])[]): Record<string, Tensor> {
  const length = Math.max(...rows.map((row) => row.length));
  const inputs = makeInputs(
    memory,
    length,
    Array.from({ length: rows.length * length }, (_, index) => index),
  );
  setRows(memory, inputs, rows, 0);
  return inputs.feeds;
}

function makeInputs(memory: DecoderMemory, length: number, selected: readonly number[]): PassInputs {
  const { rows, capacity } = memory;
  const { heads, headSize } = memory.shape;
  const tokens = new BigInt64Array(rows * length);
  const positions = new BigInt64Array(rows * length);
  const keySlots = new BigInt64Array(rows * heads * headSize * length);
  const valueSlots = new BigInt64Array(keySlots.length);
  const selfBias = new Float32Array(rows * length * capacity);
  const feeds = {
    ...memory.feeds(),
    tokens: new Tensor('int64', tokens, [rows, length]),
    positions: new Tensor('int64', positions, [rows, length]),
    selected: new Tensor('int64', BigInt64Array.from(selected, BigInt), [selected.length]),
    key_slots: new Tensor('int64', keySlots, [rows, heads, 1, headSize, length]),
    value_slots: new Tensor('int64', valueSlots, [rows, heads, 1, length, headSize]),
    self_bias: new Tensor('float32', selfBias, [rows, 1, length, 1, capacity]),
  };
  return { length, feeds, tokens, positions, keySlots, valueSlots, selfBias };
}

/** Rows shorter than the longest are padded at their end, where nothing that counts looks. */
function setRows(
  memory: DecoderMemory,
  pass: PassInputs,
  rows: readonly (readonly number[])[],
  position: number,
): void {
  rows.forEach((tokens, row) => {
    for (let index = 0; index < pass.length; index++) {
      setToken(memory, pass, row, index, tokens[index] ?? 0, position + index);
    }
  });
}

function setToken(
  memory: DecoderMemory,
  pass: PassInputs,
  row: number,
  index: number,
  token: number,
  position: number,
): void {
  const { length } = pass;
  const { capacity } = memory;
  const { heads, headSize } = memory.shape;
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

/** The tensors of one kind of pass, and the arrays behind those that change from run to run. */
interface PassInputs {
  readonly length: number;
  readonly feeds: Record<string, Tensor>;
  readonly tokens: BigInt64Array;
  readonly positions: BigInt64Array;
  readonly keySlots: BigInt64Array;
  readonly valueSlots: BigInt64Array;
  readonly selfBias: Float32Array;
}

interface Pass<T> extends PassInputs {
  readonly fetches: Record<string, Tensor>;
  readonly outputs: T;
}
