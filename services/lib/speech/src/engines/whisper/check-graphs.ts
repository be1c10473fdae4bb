import { InferenceSession, Tensor } from 'onnxruntime-node';
import { GraphBuilder } from '../../models/onnx/graph-builder.ts';
import { elementTypes } from '../../models/onnx/model.ts';
import { writeModel } from '../../models/onnx/write-model.ts';
import { type DecoderInputs, decoderInputs } from '../shared/decoder-attention.ts';
import { firstFeeds } from '../shared/decoder-batch.ts';
import { DecoderMemory } from '../shared/decoder-memory.ts';
import { FloatPool } from '../shared/float-pool.ts';
import { graphHeader } from '../shared/graph-header.ts';
import { floatLinear } from '../shared/linear-layers.ts';
import { openGraph } from '../shared/open-graph.ts';
import { decoderLayer, embed, outputLayer } from './decoder-graph.ts';
import { type Encoded, Encoder } from './encoder.ts';
import { crossProjections, encoderLayer } from './encoder-graph.ts';
import { frameSamples, sampleRate } from './front-end.ts';
import { frontEndGraph } from './front-end-graph.ts';
import { floatVocabulary } from './vocabulary-layer.ts';
import type { WhisperWeights } from './whisper-weights.ts';

/**
 * How far, root mean square, 8-bit graphs may be from the weights as they were trained, as a share of what these give.
 * Measured with whisper-base: see docs/decisions/0014. A matrix that is transposed or scaled wrongly gives 1 or more.
 */
const encoderTolerance = 0.15;
const decoderTolerance = 0.25;

/** A second and a half is enough audio to meet every weight. */
const probeFrames = 75;
/** Tokens that the decoder is asked about: any will do. */
const probeTokens = 8;

const floatLinears = { attention: floatLinear, feed: floatLinear };

const options: InferenceSession.SessionOptions = { logSeverityLevel: 3 };

/**
 * Compares an encoder graph with the trained weights, one layer in memory at a time.
 *
 * @returns what the trained weights make of a probe, for the decoder's check.
 * @throws Error if they say different things.
 */
export async function checkEncoder(
  weights: WhisperWeights,
  session: InferenceSession,
  onLayer: () => void,
): Promise<Encoded> {
  const audio = probeAudio();
  const built = await new Encoder(session, weights.shape).encode(audio);
  const trained = await encodeAsTrained(weights, audio, onLayer);
  const keys = distance(built.keys, trained.keys, built.keys.length);
  const values = distance(built.values, trained.values, built.values.length);
  expectClose('encoder', Math.max(keys, values), encoderTolerance);
  return trained;
}

/** What the weights as they were trained make of audio. */
async function encodeAsTrained(weights: WhisperWeights, audio: Float32Array, onLayer: () => void): Promise<Encoded> {
  const { hidden, encoder } = weights.shape;
  const size = ['batch', 'frames', hidden];
  let x = await runPiece({ audio: new Tensor('float32', audio, [audio.length]) }, 'x', async (builder) => {
    builder.input('audio', elementTypes.float, ['samples']);
    output(builder, 'x', await frontEndGraph(builder, weights, 'audio'), size);
  });
  for (let layer = 0; layer < encoder.layers; layer++) {
    x = await runPiece({ y: x }, 'x', async (builder) => {
      builder.input('y', elementTypes.float, size);
      output(builder, 'x', await encoderLayer(builder, weights, floatLinears, layer, 'y'), size);
    });
    onLayer();
  }
  const last = async (builder: GraphBuilder): Promise<void> => {
    builder.input('y', elementTypes.float, size);
    await crossProjections(builder, weights, floatLinears, 'y');
  };
  const keys = await runPiece({ y: x }, 'cross_keys', last);
  const values = await runPiece({ y: x }, 'cross_values', last);
  return { keys: floats(keys), values: floats(values), width: probeFrames };
}

/**
 * Compares a decoder graph with the trained weights, one layer in memory at a time.
 * @throws Error if they say different things.
 */
export async function checkDecoder(
  weights: WhisperWeights,
  file: string,
  encoded: Encoded,
  onLayer: () => void,
): Promise<void> {
  const { decoder, vocabulary } = weights.shape;
  const memory = new DecoderMemory(new FloatPool(), decoder, 1, probeFrames, probeTokens);
  memory.place(0, [{ ...encoded, from: 0, count: probeFrames, weight: 1 }]);
  const tokens = Array.from({ length: probeTokens }, (_, i) => Math.floor(((i + 0.5) * vocabulary) / probeTokens));
  const feeds = firstFeeds(memory, [tokens]);
  const trained = await decodeAsTrained(weights, feeds, onLayer);
  const session = await openGraph(file);
  try {
    const { logits } = await session.run(feeds);
    expectClose('decoder', distance(floats(logits!), floats(trained), vocabulary), decoderTolerance);
  } finally {
    await session.release();
  }
}

async function decodeAsTrained(weights: WhisperWeights, feeds: Feeds, onLayer: () => void): Promise<Tensor> {
  const { hidden, decoder } = weights.shape;
  const size = ['batch', 'length', hidden];
  const piece = (build: (builder: GraphBuilder, inputs: DecoderInputs) => Promise<void>) => (builder: GraphBuilder) =>
    build(builder, decoderInputs(builder, decoder));
  let x = await runPiece(
    feeds,
    'x',
    piece(async (builder, { tokens, positions }) => {
      const table = await floatVocabulary(builder, weights);
      output(builder, 'x', await embed(builder, weights, table.embed(tokens), positions), size);
    }),
  );
  for (let layer = 0; layer < decoder.layers; layer++) {
    x = await runPiece(
      { ...feeds, y: x },
      'x',
      piece(async (builder, inputs) => {
        builder.input('y', elementTypes.float, size);
        output(builder, 'x', (await decoderLayer(builder, weights, floatLinear, layer, 'y', inputs)).x, size);
      }),
    );
    onLayer();
  }
  return runPiece(
    { ...feeds, y: x },
    'logits',
    piece(async (builder, { selected }) => {
      builder.input('y', elementTypes.float, size);
      await outputLayer(builder, weights, await floatVocabulary(builder, weights), 'y', selected);
    }),
  );
}

type Feeds = Readonly<Record<string, Tensor>>;

/** Builds a small graph, runs it once and gives one of its outputs. */
async function runPiece(
  feeds: Feeds,
  wanted: string,
  build: (builder: GraphBuilder) => Promise<void>,
): Promise<Tensor> {
  const builder = new GraphBuilder('piece');
  await build(builder);
  const session = await InferenceSession.create(writeModel(builder.build(...graphHeader)), options);
  try {
    const used = Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]!]));
    return (await session.run(used, [wanted]))[wanted] as Tensor;
  } finally {
    await session.release();
  }
}

function output(builder: GraphBuilder, name: string, from: string, shape: readonly (number | string)[]): void {
  builder.node('Identity', [from], { outputs: [name] });
  builder.output(name, elementTypes.float, shape);
}

const floats = (tensor: { readonly data: unknown }): Float32Array<ArrayBuffer> =>
  tensor.data as Float32Array<ArrayBuffer>;

/**
 * Root mean square of the difference over that of what was trained, both as deviations from the mean of each row: an offset
 * that is common to the scores of all tokens changes no probability.
 */
function distance(built: Float32Array, trained: Float32Array, rowLength: number): number {
  let difference = 0;
  let spread = 0;
  for (let from = 0; from < trained.length; from += rowLength) {
    const row = trained.subarray(from, from + rowLength);
    const ours = built.subarray(from, from + rowLength);
    const [mean, ourMean] = [meanOf(row), meanOf(ours)];
    for (let i = 0; i < row.length; i++) {
      difference += (ours[i]! - ourMean - (row[i]! - mean)) ** 2;
      spread += (row[i]! - mean) ** 2;
    }
  }
  return Math.sqrt(difference / spread);
}

const meanOf = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function expectClose(what: string, found: number, allowed: number): void {
  if (found <= allowed) return;
  const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
  throw new Error(
    `The ${what} that was built is ${percent(found)} off the weights it was built from; at most ${percent(allowed)} is right. Its files are damaged, or of a kind of Whisper that this version does not know.`,
  );
}

/** Something like a voice: harmonics of a gliding tone that come and go, and some noise. */
function probeAudio(): Float32Array<ArrayBuffer> {
  const audio = new Float32Array(probeFrames * frameSamples);
  for (let sample = 0; sample < audio.length; sample++) {
    const time = sample / sampleRate;
    const phase = 2 * Math.PI * (120 * time + 15 * time * time);
    let sum = 0;
    for (let harmonic = 1; harmonic <= 20; harmonic++) sum += Math.sin(harmonic * phase) / harmonic;
    const hiss = Math.sin(12_345.678 * sample * sample) * 0.05;
    audio[sample] = 0.1 * sum * (0.6 + 0.4 * Math.sin(2 * Math.PI * 4 * time)) + 0.1 * hiss;
  }
  return audio;
}
