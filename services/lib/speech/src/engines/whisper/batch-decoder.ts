import type { DecodeRequest, DecodeResult } from '../engine.ts';
import { isGuess, isSilence, meanLogProbability, repeatsItself } from '../guards.ts';
import { type DecodedRow, resultOf } from './decoded-row.ts';
import { languageOfWhisper } from './languages.ts';
import { firstManner, RowDecoder, type RowDecoderParts, wholeWindowManner } from './row-decoder.ts';
import type { WhisperTokenizer } from './tokenizer.ts';

/** Tried one after the other where greedy decoding gives nothing sensible (OpenAI whisper/transcribe.py). */
const temperatures = [0.2, 0.4, 0.6, 0.8, 1];

/** Decodes batches of utterances with a Whisper model, and hard cases in more than one way. */
export class BatchDecoder {
  readonly #rows: RowDecoder;
  readonly #tokenizer: WhisperTokenizer;

  constructor(parts: RowDecoderParts) {
    this.#rows = new RowDecoder(parts);
    this.#tokenizer = parts.tokenizer;
  }

  async decode(requests: readonly DecodeRequest[]): Promise<(DecodeResult | null)[]> {
    if (requests.length === 0) return [];
    const results: (DecodeResult | null)[] = [];
    for (const row of await this.#rows.decode(requests, firstManner)) {
      const suspect = isLanguageUnsure(row) || this.#needsAnother(row);
      const better = suspect && row.request.hard ? await this.#better(row) : row;
      results.push(resultOf(better, this.#tokenizer, suspect && !row.request.hard));
    }
    return results;
  }

  /** Another try of what looks wrong: in the right language, over the whole window, by chance. */
  async #better(first: DecodedRow): Promise<DecodedRow> {
    const heard = isLanguageUnsure(first) ? await this.#heardAgain(first) : first;
    return this.#needsAnother(heard) ? await this.#likelier(heard) : heard;
  }

  /** Hears the language of a short utterance again, and decodes it anew if it is another. */
  async #heardAgain(first: DecodedRow): Promise<DecodedRow> {
    const { request } = first;
    const spoken = (await this.#rows.hearLanguage(request)) ?? first.spoken;
    if (spoken.language === first.spoken.language) return { ...first, spoken };
    const again = { ...request, language: languageOfWhisper(spoken.language) };
    const [next = first] = await this.#rows.decode([again], firstManner);
    return { ...next, request, spoken };
  }

  /** Decodes a hard case again, in ever other ways, until one result looks right; the likeliest one if none does. */
  async #likelier(first: DecodedRow): Promise<DecodedRow> {
    const { request, spoken } = first;
    const again = { ...request, language: languageOfWhisper(spoken.language) };
    const encoded = await this.#rows.encode(again, wholeWindowManner);
    let best = first;
    for (const temperature of [0, ...temperatures]) {
      if (request.aborted?.()) break;
      const [next] = await this.#rows.decode([again], { ...wholeWindowManner, temperature }, encoded);
      if (next === undefined || next.hypothesis.open) break;
      const row: DecodedRow = { ...next, request, spoken };
      if (!this.#needsAnother(row)) return row;
      if (likelihood(row) > likelihood(best)) best = row;
    }
    return best;
  }

  /** Whether a result that is to stay deserves another try. */
  #needsAnother({ request, hypothesis, noSpeechProbability }: DecodedRow): boolean {
    if (!request.thorough || hypothesis.open) return false;
    const { tokens, logProbabilities, truncated } = hypothesis;
    if (isSilence({ logProbabilities, noSpeechProbability })) return false;
    if (truncated || repeatsItself(this.#tokenizer.decode(tokens))) return true;
    return request.hurried !== true && isGuess(logProbabilities);
  }
}

/**
 * An utterance shorter than this, in samples (3 s), whose language is less likely than this is heard again: with whisper-base,
 * the languages of 1.5 s of 20 clips in six languages were heard right 15 times with padding of pooled frames, 19 times with
 * 2 to 8 s of silence before that, or silence up to 30 s; from 3 s on all are always right.
 */
const shortSamples = 48_000;
const unsureProbability = 0.5;

/** Whether a text that is to stay may be in the wrong language, and nothing else tells which is right. */
const isLanguageUnsure = ({ request, hypothesis, spoken }: DecodedRow): boolean =>
  request.thorough === true &&
  request.expectedLanguage === undefined &&
  request.audio.length < shortSamples &&
  !hypothesis.open &&
  (spoken.probability ?? 1) < unsureProbability;

/** Of two results that look wrong, the one that came to its own end is the better one. */
const likelihood = ({ hypothesis: { truncated, logProbabilities } }: DecodedRow): number =>
  meanLogProbability(logProbabilities) - (truncated ? 1_000 : 0);
