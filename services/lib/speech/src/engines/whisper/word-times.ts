import type { DecodedWord } from '../engine.ts';
import { shortenLongWords } from './long-words.ts';
import { splitWords, type WordSpan } from './split-words.ts';
import { tokenStarts } from './token-starts.ts';
import type { WhisperTokenizer } from './tokenizer.ts';

/** Samples of 16 kHz audio for each of the encoder's frames: 20 ms. */
const samplesPerFrame = 320;

export interface WordTimesInput {
  /**
   * heads × rows × frames: the alignment heads' cross-attention after softmax. A row is that of the step that predicts a
   * token, not of the step that the token is fed to. After the lead, the first row is of the query at the last token of the
   * prefix (`noTimestamps`), which predicts the first text token; the next is of the query at the first text token, and so
   * on; a last row, of the query at the last text token, predicts the end mark and tells where the last word ends.
   */
  readonly attention: Float32Array;
  readonly heads: number;
  /** After the lead one more than there are tokens, or as many where the decode was cut off before its last token was fed. */
  readonly rows: number;
  /**
   * Rows of the prefix from `startOfTranscript` up to the one before `noTimestamps` (three, or one where a model knows
   * English only; none of the prompt's), if they are there: OpenAI takes them for a part of what is usual, and some words
   * are placed better for it. Default 0.
   */
  readonly leadRows?: number;
  /** Encoder frames of 20 ms, those of padding after the audio included. */
  readonly frames: number;
  /** Text tokens, no marks. */
  readonly tokens: ArrayLike<number>;
  /** Natural-log probability of each token; what follows is not read. */
  readonly logProbabilities: ArrayLike<number>;
  /** Whisper's name of the language of the text: that of the speech, or `en` for a translation. */
  readonly language: string;
  readonly tokenizer: Pick<WhisperTokenizer, 'bytesOf'>;
  /** Samples at 16 kHz, padding left out: no word is placed after them. */
  readonly audioSamples: number;
}

/**
 * The words of a text, when each was said, and how sure the model is of it.
 *
 * A word starts where its first spoken token does and ends where the token after its last one starts: its punctuation,
 * which attention puts into pauses, has no part in it. Its confidence is the least probability of its spoken tokens, for
 * one wrong token makes a wrong word; the mean that OpenAI takes hides that in a word of many tokens.
 *
 * @throws Error when the attention is not of these tokens.
 */
export function wordTimes(input: WordTimesInput): DecodedWord[] {
  const { attention: weights, heads, rows, leadRows = 0, frames, tokens, tokenizer, audioSamples } = input;
  if (tokens.length === 0) return [];
  const tokenRows = rows - leadRows;
  if (tokenRows !== tokens.length && tokenRows !== tokens.length + 1) {
    throw new Error(
      `${tokenRows} rows of attention do not fit ${tokens.length} tokens: expected one each and one more`,
    );
  }
  if (weights.length !== heads * rows * frames) {
    throw new Error(`attention has ${weights.length} values, not ${heads} × ${rows} × ${frames}`);
  }
  const used = Math.min(frames, Math.ceil(audioSamples / samplesPerFrame));
  if (used === 0) return [];
  const starts = tokenStarts({ weights, heads, rows, leadRows, frames }, used);
  const sampleAt = (token: number): number => Math.min((starts[token] ?? used) * samplesPerFrame, audioSamples);
  const spans = splitWords(tokens, tokenizer, input.language).filter(({ text }) => text.trim() !== '');
  const words = spans.map(({ text, spoken }) => ({
    text: text.trim(),
    start: sampleAt(spoken.from),
    end: sampleAt(spoken.to),
  }));
  shortenLongWords(words);
  return spans.map((span, index) => {
    const { text = '', start = 0, end = 0 } = words[index] ?? {};
    return { text, start: Math.round(start), end: Math.round(end), confidence: leastProbability(span, input) };
  });
}

function leastProbability({ spoken }: WordSpan, { logProbabilities }: WordTimesInput): number {
  let least = 0;
  for (let token = spoken.from; token < spoken.to; token++) least = Math.min(least, logProbabilities[token] ?? 0);
  return Math.exp(least);
}
