import type { DecodeRequest, DecodeResult } from '../engine.ts';
import type { AttentionRows } from './attention-rows.ts';
import { languageOfWhisper } from './languages.ts';
import type { Prefix } from './prefix.ts';
import type { Random } from './seeded-random.ts';
import type { WhisperTokenizer } from './tokenizer.ts';
import { trimWords } from './trim-words.ts';
import type { WhisperHypothesis } from './whisper-hypothesis.ts';
import { wordTimes } from './word-times.ts';

/** A language by Whisper's own code. */
export interface Spoken {
  readonly language: string;
  /** Undefined where the language was given. */
  readonly probability: number | undefined;
}

/** One request while it is decoded, and after. */
export interface DecodedRow {
  readonly request: DecodeRequest;
  readonly prefix: Prefix;
  readonly draft: readonly number[];
  readonly hypothesis: WhisperHypothesis;
  readonly spoken: Spoken;
  /** Only where words are to be timed. */
  readonly attention: AttentionRows | undefined;
  /** Only where tokens are drawn by chance. */
  readonly random: Random | undefined;
  noSpeechProbability: number;
}

/** What a row comes to; null if it was aborted. `suspect`: whether it looks wrong. */
export function resultOf(row: DecodedRow, tokenizer: WhisperTokenizer, suspect = false): DecodeResult | null {
  const { request, hypothesis, spoken, attention, noSpeechProbability } = row;
  if (hypothesis.open) return null;
  const { tokens, logProbabilities, truncated } = hypothesis;
  const words = attention && {
    words: trimWords(
      wordTimes({
        ...{ tokenizer, tokens, logProbabilities, language: textLanguage(request, spoken) },
        ...attention.all(),
        leadRows: leadRowsOf(row.prefix),
        audioSamples: request.audio.length,
      }),
      request.audio,
    ),
  };
  return {
    text: tokenizer.decode(tokens).trim(),
    tokens: Int32Array.from(tokens),
    logProbabilities: Float32Array.from(logProbabilities),
    language: languageOfWhisper(spoken.language),
    ...(spoken.probability !== undefined && { languageProbability: spoken.probability }),
    noSpeechProbability,
    ...words,
    truncated,
    ...(suspect && { suspect }),
  };
}

/** Rows of the prefix that are kept before those of the text: the marks from the start to the one before the last. */
export const leadRowsOf = ({ tokens, start }: Prefix): number => tokens.length - 1 - start;

/** Translations are English whatever was spoken. */
const textLanguage = ({ task }: DecodeRequest, { language }: Spoken): string =>
  task === 'translate' ? 'en' : language;
