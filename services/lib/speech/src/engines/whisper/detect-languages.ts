import type { DecoderBatch, TokenPlace } from '../shared/decoder-batch.ts';
import type { ScoreTensors } from './score-tensors.ts';
import type { Marks } from './tokenizer.ts';

/** A language other than the expected one must be this likely, in this much audio: short words sound like many languages. */
const sureProbability = 0.9;
const sureSeconds = 3;

/** What is known of a row before its language is. Languages are Whisper's own codes. */
export interface LanguageCase {
  readonly seconds: number;
  readonly expected: string | undefined;
}

export interface DetectedLanguage {
  readonly language: string;
  readonly probability: number;
}

/** Which language each row is in, by what the model would have follow the start mark (OpenAI whisper/decoding.py). */
export async function detectLanguages(
  batch: DecoderBatch<ScoreTensors>,
  cases: readonly LanguageCase[],
  { start, languages }: Marks,
  vocabulary: number,
): Promise<readonly DetectedLanguage[]> {
  const places = cases.map((_, row): TokenPlace => [row, 0]);
  const { values } = await batch.feed(
    places.map(() => [start]),
    0,
    places,
  );
  return cases.map((each, row) =>
    chooseLanguage(each, probabilities(values.subarray(row * vocabulary, (row + 1) * vocabulary), languages)),
  );
}

/** Pure: the likeliest language, or the expected one as long as nothing speaks clearly against it. */
export function chooseLanguage(
  { seconds, expected }: LanguageCase,
  likely: ReadonlyMap<string, number>,
): DetectedLanguage {
  const [language, probability] = [...likely].reduce((best, each) => (each[1] > best[1] ? each : best), ['', 0]);
  const sure = probability >= sureProbability && seconds >= sureSeconds;
  if (expected === undefined || sure) return { language, probability };
  return { language: expected, probability: likely.get(expected) ?? 0 };
}

function probabilities(logits: Float32Array, languages: ReadonlyMap<string, number>): Map<string, number> {
  const scores = [...languages].map(([language, token]) => [language, logits[token]!] as const);
  const highest = Math.max(...scores.map(([, score]) => score));
  const sum = scores.reduce((total, [, score]) => total + Math.exp(score - highest), 0);
  return new Map(scores.map(([language, score]) => [language, Math.exp(score - highest) / sum]));
}
