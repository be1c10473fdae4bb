import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { FloatTensor } from '../../../models/safetensors/read-safetensors.ts';
import { writeSafetensors } from '../../../models/safetensors/write-safetensors.ts';
import { Random } from '../seeded-random.ts';

export interface TinyOptions {
  readonly seed?: number;
  readonly melBins?: number;
  /** Weights in so many files. Default: one. */
  readonly shards?: number;
  /** Default: two languages; false: a model of English alone. */
  readonly multilingual?: boolean;
}

const hidden = 64;
const feedForward = 128;
const layers = 2;
const positions = 448;
const textTokens = 264;

/** The vocabulary's first tokens are the 256 bytes, then come a few words, then the marks. */
const words = [' a', ' b', ' the', ' and', ' word', ' x', ' y', ' z'];

/**
 * Writes a Whisper model of two layers with random weights, in Hugging Face's layout. What it says makes no sense, but it says
 * it as a real one does.
 */
export async function writeTinyWhisper(folder: string, options: TinyOptions = {}): Promise<void> {
  const { seed = 1, melBins = 80, shards = 1, multilingual = true } = options;
  const tokenizer = tinyTokenizer(multilingual);
  const vocabulary = textTokens + tokenizer.added_tokens.length;
  const config = {
    model_type: 'whisper',
    d_model: hidden,
    encoder_layers: layers,
    encoder_attention_heads: 2,
    encoder_ffn_dim: feedForward,
    decoder_layers: layers,
    decoder_attention_heads: 2,
    decoder_ffn_dim: feedForward,
    vocab_size: vocabulary,
    num_mel_bins: melBins,
    max_source_positions: 1_500,
    max_target_positions: positions,
    activation_function: 'gelu',
  };
  const generation = {
    alignment_heads: [
      [0, 1],
      [1, 0],
    ],
    suppress_tokens: [3, 4],
    begin_suppress_tokens: [32, textTokens],
  };
  await mkdir(folder, { recursive: true });
  const put = (name: string, value: unknown) => writeFile(path.join(folder, name), JSON.stringify(value));
  await put('config.json', config);
  await put('generation_config.json', generation);
  await put('tokenizer.json', tokenizer);
  await writeWeights(folder, tinyWeights(new Random(seed), vocabulary, melBins), shards);
}

async function writeWeights(folder: string, tensors: Record<string, FloatTensor>, shards: number): Promise<void> {
  if (shards === 1) return writeFile(path.join(folder, 'model.safetensors'), writeSafetensors(tensors));
  const map: Record<string, string> = {};
  for (let shard = 0; shard < shards; shard++) {
    const name = `model-0000${shard + 1}-of-0000${shards}.safetensors`;
    const mine = Object.entries(tensors).filter((_, index) => index % shards === shard);
    for (const [tensor] of mine) map[tensor] = name;
    await writeFile(path.join(folder, name), writeSafetensors(Object.fromEntries(mine)));
  }
  await writeFile(path.join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: map }));
}

function tinyWeights(random: Random, vocabulary: number, melBins: number): Record<string, FloatTensor> {
  const tensors: Record<string, FloatTensor> = {};
  const add = (name: string, shape: readonly number[], of: () => number): void => {
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    tensors[`model.${name}`] = { shape, values: Float32Array.from({ length: size }, of) };
  };
  const spread = (width: number) => () => (random.next() - 0.5) * width;
  const linear = (name: string, inputs: number, outputs: number, bias = true): void => {
    add(`${name}.weight`, [outputs, inputs], spread(4 / Math.sqrt(inputs)));
    if (bias) add(`${name}.bias`, [outputs], spread(0.2));
  };
  const norm = (name: string): void => {
    add(`${name}.weight`, [hidden], () => 0.8 + 0.4 * random.next());
    add(`${name}.bias`, [hidden], spread(0.2));
  };
  const attention = (name: string): void => {
    for (const part of ['q_proj', 'v_proj', 'out_proj']) linear(`${name}.${part}`, hidden, hidden);
    linear(`${name}.k_proj`, hidden, hidden, false);
  };
  for (const [index, inputs] of [melBins, hidden].entries()) {
    add(`encoder.conv${index + 1}.weight`, [hidden, inputs, 3], spread(2 / Math.sqrt(inputs)));
    add(`encoder.conv${index + 1}.bias`, [hidden], spread(0.2));
  }
  add('encoder.embed_positions.weight', [1_500, hidden], spread(0.5));
  for (const part of ['encoder', 'decoder']) {
    for (let layer = 0; layer < layers; layer++) {
      const name = `${part}.layers.${layer}`;
      attention(`${name}.self_attn`);
      norm(`${name}.self_attn_layer_norm`);
      if (part === 'decoder') {
        attention(`${name}.encoder_attn`);
        norm(`${name}.encoder_attn_layer_norm`);
      }
      linear(`${name}.fc1`, hidden, feedForward);
      linear(`${name}.fc2`, feedForward, hidden);
      norm(`${name}.final_layer_norm`);
    }
    norm(`${part}.layer_norm`);
  }
  add('decoder.embed_positions.weight', [positions, hidden], spread(0.5));
  add('decoder.embed_tokens.weight', [vocabulary, hidden], spread(1));
  return tensors;
}

/** A tokenizer.json of bytes, a few words and Whisper's marks. */
export function tinyTokenizer(multilingual = true) {
  const vocab: Record<string, number> = {};
  for (let byte = 0; byte < 256; byte++) vocab[characterOf(byte)] = byte;
  for (const [index, word] of words.entries()) {
    vocab[[...Buffer.from(word)].map(characterOf).join('')] = 256 + index;
  }
  const marks = multilingual
    ? [
        'endoftext',
        'startoftranscript',
        'en',
        'de',
        'translate',
        'transcribe',
        'startoflm',
        'startofprev',
        'nospeech',
        'notimestamps',
      ]
    : ['endoftext', 'startoftranscript', 'startoflm', 'startofprev', 'nocaptions', 'notimestamps'];
  return {
    version: '1.0',
    added_tokens: marks.map((name, index) => ({ id: textTokens + index, content: `<|${name}|>`, special: true })),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: 'BPE', vocab, merges: merges() },
  };
}

/** Whole words of the vocabulary are made letter by letter. */
function merges(): string[] {
  return ['Ġ a', 'Ġ b', 'Ġ x', 'Ġ y', 'Ġ z'];
}

function characterOf(byte: number): string {
  const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  if (printable) return String.fromCodePoint(byte);
  let before = 0;
  for (let other = 0; other < byte; other++) {
    if (!((other >= 33 && other <= 126) || (other >= 161 && other <= 172) || other >= 174)) before++;
  }
  return String.fromCodePoint(256 + before);
}
