import type { DecodedWord } from '../engine.ts';
import { alignPath } from './align-path.ts';
import { frameSamples } from './front-end.ts';
import { splitWords, type TokenSpan } from './split-words.ts';
import type { WhisperTokenizer } from './tokenizer.ts';

/** The cross-attention of the alignment heads, [rows, heads, frames]: row i is of the step that chose token i. */
export interface Alignment {
  readonly attention: Float32Array;
  /** One for each token of the text, and one for the end mark. */
  readonly rows: number;
  readonly heads: number;
  /** Of the audio itself, without padding. */
  readonly frames: number;
}

export interface TimedText {
  readonly tokenizer: WhisperTokenizer;
  readonly tokens: readonly number[];
  /** Natural logarithms, one for each token. */
  readonly logProbabilities: readonly number[];
  /** Whisper's own code. */
  readonly language: string;
  readonly alignment: Alignment;
  readonly audioSamples: number;
}

/** Width of the median filter over frames (OpenAI whisper/timing.py). */
const medianWidth = 7;
/** A word at the start of a sentence or at its end that is longer than this many usual ones has a pause in it. */
const longWord = 2;
/** The usual length of a word is taken to be no more than this, in samples: 0.7 s. */
const mostUsualSamples = 11_200;
const sentenceEnd = /[.。!！?？]["”’)\]]*$/u;

/**
 * When each word was said, by dynamic time warping of the tokens over the attention of heads that are known to follow the
 * audio (OpenAI whisper/timing.py). A word begins where its first token does and ends where the next one begins; the end mark
 * says where the last one ends. Confidence is the mean probability of a word's tokens.
 */
export function wordTimes(text: TimedText): DecodedWord[] {
  const { tokenizer, tokens, logProbabilities, language, alignment, audioSamples } = text;
  if (tokens.length === 0) return [];
  const starts = alignPath(costs(alignment), alignment.rows, alignment.frames);
  const at = (token: number): number => Math.min(audioSamples, (starts[token] ?? alignment.frames) * frameSamples);
  const words = splitWords(tokenizer, tokens, language)
    .filter((span) => span.text.trim() !== '')
    .map((span) => ({
      text: span.text.trim(),
      start: at(span.from),
      end: at(span.to),
      confidence: meanProbability(span, logProbabilities),
    }));
  return withoutPauses(words);
}

function meanProbability({ from, to }: TokenSpan, logProbabilities: readonly number[]): number {
  let sum = 0;
  for (let token = from; token < to; token++) sum += Math.exp(logProbabilities[token] ?? 0);
  return sum / (to - from);
}

/** [rows, frames]: low where a token looks at a frame more than other tokens do. */
function costs({ attention, rows, heads, frames }: Alignment): Float32Array {
  const result = new Float32Array(rows * frames);
  const line = new Float32Array(frames);
  const standard = new Float32Array(rows * frames);
  for (let head = 0; head < heads; head++) {
    for (let frame = 0; frame < frames; frame++) {
      let sum = 0;
      let squares = 0;
      for (let row = 0; row < rows; row++) {
        const look = attention[(row * heads + head) * frames + frame]!;
        sum += look;
        squares += look * look;
      }
      const mean = sum / rows;
      const deviation = Math.sqrt(Math.max(squares / rows - mean * mean, 1e-12));
      for (let row = 0; row < rows; row++) {
        standard[row * frames + frame] = (attention[(row * heads + head) * frames + frame]! - mean) / deviation;
      }
    }
    for (let row = 0; row < rows; row++) {
      medianFilter(standard.subarray(row * frames, (row + 1) * frames), line);
      for (let frame = 0; frame < frames; frame++) result[row * frames + frame]! -= line[frame]! / heads;
    }
  }
  return result;
}

/** The median of each value and its neighbours; at the ends the values are mirrored. */
function medianFilter(values: Float32Array, target: Float32Array): void {
  const half = (medianWidth - 1) / 2;
  const window = new Float32Array(medianWidth);
  const mirrored = (index: number): number => {
    const last = values.length - 1;
    const back = Math.abs(index);
    return Math.max(0, back > last ? 2 * last - back : back);
  };
  for (let center = 0; center < values.length; center++) {
    for (let offset = -half; offset <= half; offset++) window[offset + half] = values[mirrored(center + offset)]!;
    target[center] = window.sort()[half]!;
  }
}

/** A word beside a pause draws the pause to itself: at sentence ends, its length is cut to twice the usual one. */
function withoutPauses(words: readonly DecodedWord[]): DecodedWord[] {
  const lengths = words.map(({ start, end }) => end - start).filter((length) => length > 0);
  const usual = Math.min(mostUsualSamples, lengths.sort((a, b) => a - b)[lengths.length >> 1] ?? mostUsualSamples);
  const most = Math.round(longWord * usual);
  return words.map((word, index) => {
    if (word.end - word.start <= most) return word;
    const first = index === 0 || sentenceEnd.test(words[index - 1]!.text);
    if (sentenceEnd.test(word.text)) return { ...word, end: word.start + most };
    return first ? { ...word, start: word.end - most } : word;
  });
}
