import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { SafetensorsFile } from '../../models/safetensors/read-safetensors.ts';
import type { DecodeRequest, DecodeResult, Engine } from '../engine.ts';
import { FloatPool } from '../shared/float-pool.ts';
import { openEngineGraph } from '../shared/open-graph.ts';
import { BatchDecoder } from './batch-decoder.ts';
import { builtFiles } from './build.ts';
import { Encoder } from './encoder.ts';
import { languageOfWhisper } from './languages.ts';
import type { Padding } from './padding.ts';
import { WhisperTokenizer } from './tokenizer.ts';
import { readWhisperConfig } from './whisper-config.ts';

export interface WhisperOptions {
  /** Threads that one inference uses; default 1, which gives the most throughput over several workers. */
  readonly threads?: number;
}

/**
 * Loads a Whisper model from a folder with the files that `buildWhisper` made.
 *
 * @throws Error when a file is missing or is not one that this onnxruntime can run.
 */
export async function loadWhisper(dir: string, options: WhisperOptions = {}): Promise<Engine> {
  const config = await readWhisperConfig(dir);
  const tokenizer = new WhisperTokenizer(await readFile(path.join(dir, 'tokenizer.json'), 'utf8'));
  const padding = await readPadding(path.join(dir, builtFiles.padding));
  const open = (file: string): Promise<InferenceSession> => openEngineGraph(path.join(dir, file), options.threads);
  const encoder = await open(builtFiles.encoder);
  const decoder = await open(builtFiles.decoder);
  const pool = new FloatPool();
  const parts = { config, tokenizer, padding, encoder: new Encoder(encoder, config.shape, pool), decoder, pool };
  return new WhisperEngine(new BatchDecoder(parts), languagesOf(tokenizer), async () => {
    await encoder.release();
    await decoder.release();
    pool.clear();
  });
}

async function readPadding(file: string): Promise<Padding> {
  await using tensors = await SafetensorsFile.open(file);
  const keys = await tensors.read('keys');
  const values = await tensors.read('values');
  return { keys: keys.values, values: values.values, width: keys.shape.at(-1) ?? 0 };
}

const languagesOf = ({ marks }: WhisperTokenizer): readonly string[] =>
  marks.languages.size === 0 ? ['en'] : [...marks.languages.keys()].map(languageOfWhisper);

class WhisperEngine implements Engine {
  readonly languages: readonly string[];
  readonly #decoder: BatchDecoder;
  readonly #release: () => Promise<void>;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(decoder: BatchDecoder, languages: readonly string[], release: () => Promise<void>) {
    this.#decoder = decoder;
    this.languages = languages;
    this.#release = release;
  }

  /** Calls wait for each other: they share the memory of the pool. */
  decode(requests: readonly DecodeRequest[]): Promise<(DecodeResult | null)[]> {
    const result = this.#turn.then(() => this.#decoder.decode(requests));
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#release();
  }
}
