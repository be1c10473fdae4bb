import { access } from 'node:fs/promises';
import path from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import type { DecodeRequest, DecodeResult, Engine } from '../engine.ts';
import { DecoderBatch, type TokenPlace } from '../shared/decoder-batch.ts';
import { DecoderMemory } from '../shared/decoder-memory.ts';
import { FloatPool } from '../shared/float-pool.ts';
import { openEngineGraph } from '../shared/open-graph.ts';
import { frameCount } from './audio-frames.ts';
import { builtFiles } from './build.ts';
import { detokenize } from './detokenize.ts';
import { moonshineTiny } from './dimensions.ts';
import { Encoder } from './encoder.ts';
import { beginMark, Hypothesis, tokenCap } from './hypothesis.ts';
import { type NextTokens, nextToken, nextTokenTensors } from './next-tokens.ts';

export interface MoonshineOptions {
  /** Threads that one inference uses; default 1, which gives the most throughput over several workers. */
  readonly threads?: number;
}

/**
 * Loads Moonshine tiny from a folder with the two graphs that `buildMoonshineGraphs` made.
 *
 * @throws Error when a graph is missing or is not one that this onnxruntime can run.
 */
export async function loadMoonshine(dir: string, options: MoonshineOptions = {}): Promise<Engine> {
  const pool = new FloatPool();
  const open = async (file: string): Promise<InferenceSession> => {
    await access(path.join(dir, file)).catch((cause: unknown) => {
      throw new Error(`no ${file} in ${dir}: make it with buildMoonshineGraphs`, { cause });
    });
    return openEngineGraph(path.join(dir, file), options.threads);
  };
  const encoder = await open(builtFiles.encoder);
  const decoder = await open(builtFiles.decoder);
  return new MoonshineEngine(new Encoder(encoder, pool), decoder, pool);
}

const decoderShape = { ...moonshineTiny, layers: moonshineTiny.decoderLayers };

class MoonshineEngine implements Engine {
  readonly languages = ['en'];
  readonly #encoder: Encoder;
  readonly #decoder: InferenceSession;
  readonly #pool: FloatPool;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(encoder: Encoder, decoder: InferenceSession, pool: FloatPool) {
    this.#encoder = encoder;
    this.#decoder = decoder;
    this.#pool = pool;
  }

  /** Calls wait for each other: they share the memory of the pool. */
  decode(requests: readonly DecodeRequest[]): Promise<(DecodeResult | null)[]> {
    const result = this.#turn.then(() => this.#decodeBatch(requests));
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #decodeBatch(requests: readonly DecodeRequest[]): Promise<(DecodeResult | null)[]> {
    if (requests.length === 0) return [];
    const rows = requests.map(({ audio, draft, aborted }) => {
      const cap = tokenCap(audio.length);
      return { cap, hypothesis: new Hypothesis(cap), draft: Array.from(draft?.subarray(0, cap) ?? []), aborted };
    });
    const frames = requests.map(({ audio }) => frameCount(audio.length));
    const capacity = Math.max(...rows.map(({ cap }) => cap)) + 1;
    const memory = new DecoderMemory(this.#pool, decoderShape, rows.length, Math.max(...frames), capacity);
    const batch = new DecoderBatch(this.#decoder, memory, nextTokenTensors);
    for (const [row, { audio }] of requests.entries()) batch.place(row, [await this.#encoder.encode(audio)]);
    await decodeGreedily(batch, rows);
    return rows.map(({ hypothesis }) => (hypothesis.open ? null : resultOf(hypothesis)));
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#encoder.release();
    await this.#decoder.release();
    this.#pool.clear();
  }
}

interface Row {
  readonly hypothesis: Hypothesis;
  readonly draft: readonly number[];
  readonly aborted: (() => boolean) | undefined;
}

/** One pass over begin mark and draft keeps the part of the draft that greedy decoding would give; steps give the rest. */
async function decodeGreedily(batch: DecoderBatch<NextTokens>, rows: readonly Row[]): Promise<void> {
  const open = [...rows];
  const leaveEnded = (): void => {
    for (let row = open.length - 1; row >= 0; row--) {
      const { hypothesis, aborted } = open[row]!;
      if (hypothesis.open && !aborted?.()) continue;
      batch.remove(row);
      const last = open.pop();
      if (last !== undefined && row < open.length) open[row] = last;
    }
  };
  const begins = rows.map(({ draft }) => [beginMark, ...draft]);
  const places = begins.flatMap((tokens, row) => tokens.map((_, index): TokenPlace => [row, index]));
  const answers = await batch.feed(begins, 0, places);
  let first = 0;
  rows.forEach((row, index) => {
    takeWhileDrafted(row, answers, first);
    first += begins[index]!.length;
  });
  leaveEnded();
  while (open.length > 0) {
    const tokens = open.map(({ hypothesis }) => hypothesis.tokens.at(-1) ?? beginMark);
    const next = await batch.step(
      tokens,
      open.map(({ hypothesis }) => hypothesis.tokens.length),
    );
    open.forEach(({ hypothesis }, row) => {
      hypothesis.take(nextToken(next, row));
    });
    leaveEnded();
  }
}

/** @param first the place of the begin mark's answer among all answers. */
function takeWhileDrafted({ hypothesis, draft }: Row, answers: NextTokens, first: number): void {
  for (let index = 0; index <= draft.length; index++) {
    const token = hypothesis.take(nextToken(answers, first + index));
    if (!hypothesis.open || token !== draft[index]) return;
  }
}

function resultOf(hypothesis: Hypothesis): DecodeResult {
  return {
    text: detokenize(hypothesis.tokens),
    tokens: Int32Array.from(hypothesis.tokens),
    logProbabilities: Float32Array.from(hypothesis.logProbabilities),
    language: 'en',
    truncated: hypothesis.truncated,
  };
}
