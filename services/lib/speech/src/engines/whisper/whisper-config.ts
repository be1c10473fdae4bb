import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const count = z.number().int().positive();

const configSchema = z.object({
  model_type: z.literal('whisper'),
  d_model: count,
  encoder_layers: count,
  encoder_attention_heads: count,
  encoder_ffn_dim: count,
  decoder_layers: count,
  decoder_attention_heads: count,
  decoder_ffn_dim: count,
  vocab_size: count,
  num_mel_bins: count,
  max_source_positions: count,
  max_target_positions: count,
  activation_function: z.literal('gelu').default('gelu'),
  scale_embedding: z.literal(false).default(false),
});

const generationSchema = z.object({
  alignment_heads: z.array(z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()])).nullish(),
  suppress_tokens: z.array(z.number().int()).nullish(),
  begin_suppress_tokens: z.array(z.number().int()).nullish(),
});

/** Heads of one stack of layers. */
export interface HeadShape {
  readonly heads: number;
  readonly headSize: number;
}

/** The sizes of one Whisper model (https://arxiv.org/abs/2212.04356, table 1), in the words of its config.json. */
export interface WhisperShape {
  /** Width of both the encoder and the decoder. */
  readonly hidden: number;
  readonly encoder: HeadShape & { readonly layers: number; readonly feedForward: number };
  readonly decoder: HeadShape & { readonly layers: number; readonly feedForward: number };
  readonly vocabulary: number;
  readonly melBins: number;
  /** Encoder frames of 20 ms in a window of 30 s: 1500. */
  readonly frames: number;
  /** Tokens that the decoder has positions for: 448. */
  readonly positions: number;
}

export interface WhisperConfig {
  readonly shape: WhisperShape;
  /** [decoder layer, head] pairs whose cross-attention follows the audio: word times are read from them. */
  readonly alignmentHeads: readonly (readonly [number, number])[];
  /** Tokens that are never text: symbols that transcripts of the training data had for other reasons. */
  readonly suppressed: readonly number[];
  /** Tokens that may not come first: a blank, and the end. */
  readonly suppressedAtBegin: readonly number[];
}

/**
 * Reads config.json and generation_config.json of a Whisper model in Hugging Face's layout.
 * @throws Error that names the file and what is wrong in it.
 */
export async function readWhisperConfig(folder: string): Promise<WhisperConfig> {
  const config = await parseFile(folder, 'config.json', configSchema);
  const generation = await parseFile(folder, 'generation_config.json', generationSchema);
  const picked = generation.alignment_heads ?? [];
  const shape = shapeOf(config, path.join(folder, 'config.json'));
  return {
    shape,
    alignmentHeads: picked.length > 0 ? checkedHeads(picked, shape, folder) : upperHalf(shape),
    // transformers writes -1 for "the tokenizer's own list" into very old files, and null for none.
    suppressed: (generation.suppress_tokens ?? []).filter((token) => token >= 0),
    suppressedAtBegin: (generation.begin_suppress_tokens ?? []).filter((token) => token >= 0),
  };
}

async function parseFile<T>(folder: string, name: string, schema: z.ZodType<T>): Promise<T> {
  const file = path.join(folder, name);
  const text = await readFile(file, 'utf8');
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new Error(`${file} is not that of a Whisper model: ${reason}`, { cause });
  }
}

function shapeOf(config: z.infer<typeof configSchema>, file: string): WhisperShape {
  const { d_model: hidden } = config;
  const headSize = (heads: number): number => {
    if (hidden % heads !== 0) throw new Error(`${file}: d_model ${hidden} can't be split among ${heads} heads`);
    return hidden / heads;
  };
  return {
    hidden,
    encoder: {
      layers: config.encoder_layers,
      heads: config.encoder_attention_heads,
      headSize: headSize(config.encoder_attention_heads),
      feedForward: config.encoder_ffn_dim,
    },
    decoder: {
      layers: config.decoder_layers,
      heads: config.decoder_attention_heads,
      headSize: headSize(config.decoder_attention_heads),
      feedForward: config.decoder_ffn_dim,
    },
    vocabulary: config.vocab_size,
    melBins: config.num_mel_bins,
    frames: config.max_source_positions,
    positions: config.max_target_positions,
  };
}

/** What OpenAI's code takes where no heads were picked by hand: all of the upper half of the decoder. */
function upperHalf({ decoder }: WhisperShape): (readonly [number, number])[] {
  const layers = Array.from({ length: decoder.layers }, (_, layer) => layer).slice(Math.floor(decoder.layers / 2));
  return layers.flatMap((layer) => Array.from({ length: decoder.heads }, (_, head) => [layer, head] as const));
}

function checkedHeads(
  heads: readonly (readonly [number, number])[],
  { decoder }: WhisperShape,
  folder: string,
): readonly (readonly [number, number])[] {
  const wrong = heads.find(([layer, head]) => layer >= decoder.layers || head >= decoder.heads);
  if (wrong === undefined) return heads;
  throw new Error(`generation_config.json in ${folder} names the alignment head [${wrong}], which there is not`);
}
