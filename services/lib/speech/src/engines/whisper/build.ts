import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeModel } from '../../models/onnx/write-model.ts';
import { Checkpoint } from '../../models/safetensors/checkpoint.ts';
import { writeSafetensors } from '../../models/safetensors/write-safetensors.ts';
import { type BuiltFile, writeWhole } from '../built-file.ts';
import { finelyQuantizedLinear, quantizedLinear } from '../shared/linear-layers.ts';
import { openGraph } from '../shared/open-graph.ts';
import { checkDecoder, checkEncoder } from './check-graphs.ts';
import { decoderGraph } from './decoder-graph.ts';
import { type Encoded, Encoder } from './encoder.ts';
import { encoderGraph } from './encoder-graph.ts';
import { type Padding, paddingAudio, poolPadding } from './padding.ts';
import { quantizedVocabulary } from './vocabulary-layer.ts';
import { readWhisperConfig, type WhisperConfig } from './whisper-config.ts';
import { WhisperWeights } from './whisper-weights.ts';

/** The files that the engine loads. */
export const builtFiles = {
  encoder: 'whisper-encoder.onnx',
  decoder: 'whisper-decoder.onnx',
  padding: 'whisper-padding.safetensors',
} as const;

/** What the engine needs of the model's own files. */
const copiedFiles = ['config.json', 'generation_config.json', 'tokenizer.json'] as const;

export interface BuildOptions {
  readonly signal?: AbortSignal;
  /** Layers and checks that are done, of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Builds the engine's files from a Whisper model in Hugging Face's layout: config.json, generation_config.json,
 * tokenizer.json and safetensors weights, in one file or in shards. Both graphs are compared with the weights as they were
 * trained, layer by layer, before anything is kept. Equal input gives equal graphs. One tensor is in memory at a time, beside
 * the graph that is being built: 8-bit weights, so about a byte for each of half the model's parameters.
 *
 * @throws Error that says what is wrong with the model, or which graph says something else than the weights do.
 */
export async function buildWhisper(
  fromDir: string,
  toDir: string,
  options: BuildOptions = {},
): Promise<readonly BuiltFile[]> {
  const config = await readWhisperConfig(fromDir);
  await using checkpoint = await Checkpoint.open(fromDir);
  const { encoder, decoder } = config.shape;
  // Each layer is built once and checked once; the padding takes about as long as the encoder's check.
  const progress = counted(2 * (encoder.layers + decoder.layers) + encoder.layers, options);
  const weights = new WhisperWeights(checkpoint, config.shape);
  await mkdir(toDir, { recursive: true });
  const { files, trained } = await buildEncoder(weights, toDir, progress);
  const built = [...files, await buildDecoder(weights, config, toDir, trained, progress)];
  for (const name of copiedFiles) {
    built.push(await writeWhole(path.join(toDir, name), await readFile(path.join(fromDir, name))));
  }
  return built;
}

/** Says how far the build is. Throws the signal's reason once it aborts. */
type Progress = (steps: number) => void;

function counted(total: number, { signal, onProgress }: BuildOptions): Progress {
  let done = 0;
  return (steps) => {
    signal?.throwIfAborted();
    done += steps;
    onProgress?.(done, total);
  };
}

async function buildEncoder(
  weights: WhisperWeights,
  toDir: string,
  progress: Progress,
): Promise<{ readonly files: readonly BuiltFile[]; readonly trained: Encoded }> {
  const file = path.join(toDir, builtFiles.encoder);
  const linears = { attention: finelyQuantizedLinear, feed: quantizedLinear };
  const graph = await writeWhole(file, writeModel(await encoderGraph(weights, linears, () => progress(1))));
  const session = await openGraph(file);
  try {
    const trained = await checkEncoder(weights, session, () => progress(1));
    const padding = poolPadding(
      await new Encoder(session, weights.shape).encode(paddingAudio(weights.shape)),
      weights.shape,
    );
    progress(weights.shape.encoder.layers);
    const states = await writeWhole(path.join(toDir, builtFiles.padding), paddingFile(padding, weights));
    return { files: [graph, states], trained };
  } finally {
    await session.release();
  }
}

function paddingFile({ keys, values, width }: Padding, { shape }: WhisperWeights): Uint8Array {
  const { layers, heads, headSize } = shape.decoder;
  return writeSafetensors({
    keys: { shape: [layers, heads, headSize, width], values: keys },
    values: { shape: [layers, heads, width, headSize], values },
  });
}

async function buildDecoder(
  weights: WhisperWeights,
  { alignmentHeads }: WhisperConfig,
  toDir: string,
  encoded: Encoded,
  progress: Progress,
): Promise<BuiltFile> {
  const layers = { linear: quantizedLinear, vocabulary: quantizedVocabulary };
  const file = path.join(toDir, builtFiles.decoder);
  const graph = await writeWhole(
    file,
    writeModel(await decoderGraph(weights, layers, alignmentHeads, () => progress(1))),
  );
  await checkDecoder(weights, file, encoded, () => progress(1));
  return graph;
}
