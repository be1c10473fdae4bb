import type { DecoderBatch, TokenPlace } from '../shared/decoder-batch.ts';
import type { ScoreTensors } from './score-tensors.ts';
import type { Marks } from './tokenizer.ts';

/** Which language each row is in, by what the model would have follow the start mark (OpenAI whisper/decoding.py). */
export async function detectLanguages(
  batch: DecoderBatch<ScoreTensors>,
  rows: number,
  { start, languages }: Marks,
  vocabulary: number,
): Promise<readonly { readonly language: string; readonly probability: number }[]> {
  const places = Array.from({ length: rows }, (_, row): TokenPlace => [row, 0]);
  const { values } = await batch.feed(
    places.map(() => [start]),
    0,
    places,
  );
  return places.map((_, row) => likeliest(values.subarray(row * vocabulary, (row + 1) * vocabulary), languages));
}

function likeliest(
  logits: Float32Array,
  languages: ReadonlyMap<string, number>,
): { readonly language: string; readonly probability: number } {
  let best = { language: '', logit: Number.NEGATIVE_INFINITY };
  for (const [language, token] of languages)
    if (logits[token]! > best.logit) best = { language, logit: logits[token]! };
  let sum = 0;
  for (const token of languages.values()) sum += Math.exp(logits[token]! - best.logit);
  return { language: best.language, probability: 1 / sum };
}
