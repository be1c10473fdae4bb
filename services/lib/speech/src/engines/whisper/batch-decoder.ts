import type { InferenceSession } from 'onnxruntime-node';
import type { DecodeRequest, DecodeResult } from '../engine.ts';
import { isGuess, isSilence, meanLogProbability, repeatsItself } from '../guards.ts';
import { DecoderBatch, type TokenPlace } from '../shared/decoder-batch.ts';
import { DecoderMemory, type EncodedAudio } from '../shared/decoder-memory.ts';
import type { FloatPool } from '../shared/float-pool.ts';
import { AttentionRows } from './attention-rows.ts';
import { detectLanguages } from './detect-languages.ts';
import type { Encoder } from './encoder.ts';
import { frameSamples, sampleRate } from './front-end.ts';
import { languageOfWhisper, whisperCode } from './languages.ts';
import { type Padding, pooledFrames } from './padding.ts';
import { type Prefix, prefixMarks, prefixOf, promptTokens } from './prefix.ts';
import { type ScoreTensors, scoreTensors } from './score-tensors.ts';
import { audioSeed, Random } from './seeded-random.ts';
import { probabilityOf, TokenChoice } from './token-choice.ts';
import type { WhisperTokenizer } from './tokenizer.ts';
import { trimWords } from './trim-words.ts';
import type { WhisperConfig } from './whisper-config.ts';
import { tokenCap, WhisperHypothesis } from './whisper-hypothesis.ts';
import { wordTimes } from './word-times.ts';

/** Silence after the speech, in samples: 0.3 s. */
const tailSamples = 4_800;

/** Tried one after the other where greedy decoding gives nothing sensible (OpenAI whisper/transcribe.py). */
const temperatures = [0.2, 0.4, 0.6, 0.8, 1];

export interface BatchDecoderParts {
  readonly config: WhisperConfig;
  readonly tokenizer: WhisperTokenizer;
  readonly padding: Padding;
  readonly encoder: Encoder;
  readonly decoder: InferenceSession;
  readonly pool: FloatPool;
}

/** How a row is decoded: greedily with shortened padding at first; the whole window and some chance are for hard cases. */
interface Manner {
  readonly wholeWindow: boolean;
  readonly temperature: number;
}

const firstManner: Manner = { wholeWindow: false, temperature: 0 };

/** A language by Whisper's own code. */
interface Spoken {
  readonly language: string;
  /** Undefined where the language was given. */
  readonly probability: number | undefined;
}

interface Row {
  readonly request: DecodeRequest;
  readonly prefix: Prefix;
  readonly draft: readonly number[];
  readonly hypothesis: WhisperHypothesis;
  readonly spoken: Spoken;
  readonly attention: AttentionRows | undefined;
  readonly random: Random | undefined;
  noSpeechProbability: number;
}

type Batch = DecoderBatch<ScoreTensors>;

/** Decodes batches of utterances with a Whisper model. */
export class BatchDecoder {
  readonly #parts: BatchDecoderParts;
  readonly #choice: TokenChoice;

  constructor(parts: BatchDecoderParts) {
    this.#parts = parts;
    const { config, tokenizer } = parts;
    const { suppressed, suppressedAtBegin, shape } = config;
    this.#choice = new TokenChoice({
      vocabulary: shape.vocabulary,
      end: tokenizer.marks.end,
      suppressed,
      suppressedAtBegin,
    });
  }

  async decode(requests: readonly DecodeRequest[]): Promise<(DecodeResult | null)[]> {
    if (requests.length === 0) return [];
    const rows = await this.#decodeRows(requests, firstManner);
    const results: (DecodeResult | null)[] = [];
    for (const row of rows) {
      results.push(row.request.hard ? this.#result(await this.#better(row)) : this.#result(row, this.#isSuspect(row)));
    }
    return results;
  }

  #isSuspect(row: Row): boolean {
    return isLanguageUnsure(row) || this.#needsAnother(row);
  }

  /** Another try of what looks wrong: in the right language, over the whole window, by chance. */
  async #better(first: Row): Promise<Row> {
    const heard = isLanguageUnsure(first) ? await this.#heardAgain(first) : first;
    return this.#needsAnother(heard) ? await this.#likelier(heard) : heard;
  }

  /** Hears the language of a short utterance again, with silence up to 30 s after it, and decodes it anew if it is another. */
  async #heardAgain(first: Row): Promise<Row> {
    const { config, decoder, pool, tokenizer } = this.#parts;
    const { request } = first;
    const memory = new DecoderMemory(pool, config.shape.decoder, 1, config.shape.frames, 1);
    const batch: Batch = new DecoderBatch(decoder, memory, scoreTensors(pool, config.shape.vocabulary, 0));
    batch.place(0, await this.#encode(request, { wholeWindow: true, temperature: 0 }));
    const cases = [{ seconds: request.audio.length / sampleRate, expected: undefined }];
    const [spoken = first.spoken] = await detectLanguages(batch, cases, tokenizer.marks, config.shape.vocabulary);
    if (spoken.language === first.spoken.language) return { ...first, spoken };
    const again = { ...request, language: languageOfWhisper(spoken.language) };
    const [next = first] = await this.#decodeRows([again], firstManner);
    return { ...next, request, spoken };
  }

  /** Decodes a hard case again, in ever other ways, until one result looks right; the likeliest one if none does. */
  async #likelier(first: Row): Promise<Row> {
    const { request, spoken } = first;
    const again = { ...request, language: languageOfWhisper(spoken.language) };
    const encoded = await this.#encode(again, { wholeWindow: true, temperature: 0 });
    let best = first;
    for (const temperature of [0, ...temperatures]) {
      if (request.aborted?.()) break;
      const [next] = await this.#decodeRows([again], { wholeWindow: true, temperature }, encoded);
      if (next === undefined || next.hypothesis.open) break;
      const row: Row = { ...next, request, spoken };
      if (!this.#needsAnother(row)) return row;
      if (likelihood(row) > likelihood(best)) best = row;
    }
    return best;
  }

  /** Whether a result that is to stay deserves another try. */
  #needsAnother({ request, hypothesis, noSpeechProbability }: Row): boolean {
    if (!request.thorough || hypothesis.open) return false;
    const { tokens, logProbabilities, truncated } = hypothesis;
    if (isSilence({ logProbabilities, noSpeechProbability })) return false;
    return truncated || isGuess(logProbabilities) || repeatsItself(this.#parts.tokenizer.decode(tokens));
  }

  /** @param encoded what the encoder made of the only request, where that is known. */
  async #decodeRows(
    requests: readonly DecodeRequest[],
    manner: Manner,
    encoded?: readonly EncodedAudio[],
  ): Promise<readonly Row[]> {
    const { config, decoder, pool, tokenizer } = this.#parts;
    const frames = Math.max(...requests.map((request) => this.#framesOf(request, manner)));
    const wantsWords = requests.some(({ thorough }) => thorough);
    const prompts = requests.map(({ prompt = '', context = '' }) => promptTokens(tokenizer, prompt, context));
    const lengths = requests.map(
      ({ audio, language = '' }, index) =>
        prompts[index]!.length + prefixMarks + tokenCap(audio.length / sampleRate, language),
    );
    const capacity = Math.min(config.shape.positions, Math.max(...lengths));
    const memory = new DecoderMemory(pool, config.shape.decoder, requests.length, frames, capacity);
    const heads = wantsWords ? config.alignmentHeads.length : 0;
    const batch: Batch = new DecoderBatch(decoder, memory, scoreTensors(pool, config.shape.vocabulary, heads));
    for (const [index, request] of requests.entries()) {
      batch.place(index, encoded ?? (await this.#encode(request, manner)));
    }
    const spoken = await this.#languages(batch, requests);
    const rows = requests.map((request, index) => this.#row(request, prompts[index]!, spoken[index]!, manner));
    await this.#decodeOpen(batch, rows, manner);
    return rows;
  }

  #framesOf(request: DecodeRequest, { wholeWindow }: Manner): number {
    const { config, encoder, padding } = this.#parts;
    if (wholeWindow) return config.shape.frames;
    const width = encoder.width(request.audio.length + tailSamples);
    return width + padding.width - firstPadding(width, padding);
  }

  async #encode(request: DecodeRequest, { wholeWindow }: Manner): Promise<readonly EncodedAudio[]> {
    const { config, encoder, padding } = this.#parts;
    const { audio } = request;
    if (wholeWindow) {
      const whole = await encoder.encode(audio, config.shape.frames * frameSamples - audio.length);
      return [{ ...whole, from: 0, count: whole.width, weight: 1 }];
    }
    const encoded = await encoder.encode(audio, tailSamples);
    const from = firstPadding(encoded.width, padding);
    return [
      { ...encoded, from: 0, count: encoded.width, weight: 1 },
      { ...padding, from, count: padding.width - from, weight: pooledFrames },
    ];
  }

  async #languages(batch: Batch, requests: readonly DecodeRequest[]): Promise<readonly Spoken[]> {
    const { tokenizer, config } = this.#parts;
    if (tokenizer.marks.languages.size === 0) return requests.map(() => ({ language: 'en', probability: undefined }));
    const cases = requests.map(({ audio, expectedLanguage }) => ({
      seconds: audio.length / sampleRate,
      expected: expectedLanguage && whisperCode(expectedLanguage),
    }));
    const detected = requests.every(({ language }) => language !== undefined)
      ? []
      : await detectLanguages(batch, cases, tokenizer.marks, config.shape.vocabulary);
    return requests.map(({ language }, index) =>
      language === undefined ? detected[index]! : { language: whisperCode(language), probability: undefined },
    );
  }

  #row(request: DecodeRequest, prompt: readonly number[], spoken: Spoken, { temperature }: Manner): Row {
    const { config, tokenizer } = this.#parts;
    const { audio, draft, task = 'transcribe' } = request;
    const prefix = prefixOf(tokenizer.marks, prompt, spoken.language, task);
    const room = config.shape.positions - prefix.tokens.length;
    const cap = Math.min(room, tokenCap(audio.length / sampleRate, spoken.language));
    const frames = Math.max(1, Math.ceil(audio.length / frameSamples));
    return {
      request,
      prefix,
      draft: temperature > 0 ? [] : Array.from(draft?.subarray(0, cap) ?? []),
      hypothesis: new WhisperHypothesis(tokenizer.marks.end, cap),
      spoken,
      attention: request.thorough ? new AttentionRows(config.alignmentHeads.length, frames) : undefined,
      random: temperature > 0 ? new Random(audioSeed(audio) + Math.round(temperature * 10)) : undefined,
      noSpeechProbability: 0,
    };
  }

  /** One pass over prefix and draft keeps the part of the draft that decoding would give; steps give the rest. */
  async #decodeOpen(batch: Batch, rows: readonly Row[], manner: Manner): Promise<void> {
    await this.#begin(batch, rows, manner);
    const open = [...rows];
    const leaveEnded = (): void => {
      for (let index = open.length - 1; index >= 0; index--) {
        const { hypothesis, request } = open[index]!;
        if (hypothesis.open && !request.aborted?.()) continue;
        batch.remove(index);
        const last = open.pop()!;
        if (index < open.length) open[index] = last;
      }
    };
    leaveEnded();
    while (open.length > 0) {
      const scores = await batch.step(
        open.map(({ hypothesis }) => hypothesis.tokens.at(-1)!),
        open.map(({ prefix, hypothesis }) => prefix.tokens.length + hypothesis.tokens.length - 1),
      );
      for (const [index, row] of open.entries()) {
        this.#take(row, scores, index, manner);
        row.attention?.push(scores.alignment, index, 0);
      }
      leaveEnded();
    }
  }

  async #begin(batch: Batch, rows: readonly Row[], manner: Manner): Promise<void> {
    const { marks } = this.#parts.tokenizer;
    const { vocabulary } = this.#parts.config.shape;
    const fed = rows.map(({ prefix, draft }) => [...prefix.tokens, ...draft]);
    const places = rows.flatMap(({ prefix, draft }, index): TokenPlace[] => {
      const last = prefix.tokens.length - 1;
      return [[index, prefix.start], ...[0, ...draft].map((_, ahead): TokenPlace => [index, last + ahead])];
    });
    const scores = await batch.feed(fed, 0, places);
    let at = 0;
    for (const [index, row] of rows.entries()) {
      const { prefix, draft, hypothesis, attention } = row;
      if (marks.noSpeech !== undefined) {
        const logSum = scores.logSums[at]!;
        row.noSpeechProbability = probabilityOf(scores.values, at * vocabulary + marks.noSpeech, logSum);
      }
      for (let ahead = 0; ahead <= draft.length; ahead++) {
        this.#take(row, scores, at + 1 + ahead, manner);
        attention?.push(scores.alignment, index, prefix.tokens.length - 1 + ahead);
        if (!hypothesis.open || hypothesis.tokens[ahead] !== draft[ahead]) break;
      }
      at += draft.length + 2;
    }
  }

  #take({ hypothesis, random }: Row, scores: ScoreTensors, at: number, { temperature }: Manner): void {
    const first = hypothesis.tokens.length === 0;
    const logSum = scores.logSums[at]!;
    hypothesis.take(
      random === undefined
        ? this.#choice.best(scores.values, at, logSum, first)
        : this.#choice.sampled(scores.values, at, logSum, first, { temperature, draw: random.next() }),
    );
  }

  #result(row: Row, suspect = false): DecodeResult | null {
    const { request, hypothesis, spoken, attention, noSpeechProbability } = row;
    if (hypothesis.open) return null;
    const { tokenizer } = this.#parts;
    const { tokens, logProbabilities, truncated } = hypothesis;
    const words = attention && {
      words: trimWords(
        wordTimes({
          ...{ tokenizer, tokens, logProbabilities, language: textLanguage(request, spoken) },
          alignment: attention.rows(tokens.length + 1),
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
}

/** The first pooled padding frame that has none of the audio's own frames in it. */
const firstPadding = (width: number, padding: Padding): number =>
  Math.min(padding.width, Math.ceil(width / pooledFrames));

/** Translations are English whatever was spoken. */
const textLanguage = ({ task }: DecodeRequest, { language }: Spoken): string =>
  task === 'translate' ? 'en' : language;

/**
 * An utterance shorter than this, in samples (3 s), whose language is less likely than this is heard again: with whisper-base,
 * the languages of 1.5 s of 20 clips in six languages were heard right 15 times with padding of pooled frames, 19 times with
 * silence up to 30 s; from 3 s on both are always right.
 */
const shortSamples = 48_000;
const unsureProbability = 0.8;

/** Whether a text that is to stay may be in the wrong language, and nothing else tells which is right. */
const isLanguageUnsure = ({ request, hypothesis, spoken }: Row): boolean =>
  request.thorough === true &&
  request.expectedLanguage === undefined &&
  request.audio.length < shortSamples &&
  !hypothesis.open &&
  (spoken.probability ?? 1) < unsureProbability;

/** Of two results that look wrong, the one that came to its own end is the better one. */
const likelihood = ({ hypothesis: { truncated, logProbabilities } }: Row): number =>
  meanLogProbability(logProbabilities) - (truncated ? 1_000 : 0);
