import type { InferenceSession } from 'onnxruntime-node';
import type { DecodeRequest } from '../engine.ts';
import { DecoderBatch, type TokenPlace } from '../shared/decoder-batch.ts';
import { DecoderMemory, type EncodedAudio } from '../shared/decoder-memory.ts';
import type { FloatPool } from '../shared/float-pool.ts';
import { AttentionRows } from './attention-rows.ts';
import { type DecodedRow, leadRowsOf, type Spoken } from './decoded-row.ts';
import { detectLanguages } from './detect-languages.ts';
import type { Encoder } from './encoder.ts';
import { frameSamples, sampleRate } from './front-end.ts';
import { whisperCode } from './languages.ts';
import { type Padding, pooledFrames } from './padding.ts';
import { prefixMarks, prefixOf, promptTokens } from './prefix.ts';
import { type ScoreTensors, scoreTensors } from './score-tensors.ts';
import { audioSeed, Random } from './seeded-random.ts';
import { probabilityOf, TokenChoice } from './token-choice.ts';
import type { WhisperTokenizer } from './tokenizer.ts';
import type { WhisperConfig } from './whisper-config.ts';
import { tokenCap, WhisperHypothesis } from './whisper-hypothesis.ts';

/** Silence after the speech, in samples: 0.3 s, and 8 s where short speech must tell its language. */
const usualTail = 4_800;
const hearingTail = 128_000;

export interface RowDecoderParts {
  readonly config: WhisperConfig;
  readonly tokenizer: WhisperTokenizer;
  readonly padding: Padding;
  readonly encoder: Encoder;
  readonly decoder: InferenceSession;
  readonly pool: FloatPool;
}

/** How rows are decoded: greedily with shortened padding at first; the whole window and some chance are for hard cases. */
export interface Manner {
  /** Samples of silence that are encoded after the speech; pooled padding takes the rest of the window. */
  readonly tail: number;
  readonly temperature: number;
}

export const firstManner: Manner = { tail: usualTail, temperature: 0 };
export const wholeWindowManner: Manner = { tail: Number.POSITIVE_INFINITY, temperature: 0 };
const hearingManner: Manner = { tail: hearingTail, temperature: 0 };

type Batch = DecoderBatch<ScoreTensors>;

/** Decodes requests together, all in one manner. */
export class RowDecoder {
  readonly #parts: RowDecoderParts;
  readonly #choice: TokenChoice;

  constructor(parts: RowDecoderParts) {
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

  /** @param encoded what the encoder made of the only request, where that is known. */
  async decode(
    requests: readonly DecodeRequest[],
    manner: Manner,
    encoded?: readonly EncodedAudio[],
  ): Promise<readonly DecodedRow[]> {
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
      batch.place(index, encoded ?? (await this.encode(request, manner)));
    }
    const spoken = await this.#languages(batch, requests);
    const rows = requests.map((request, index) => this.#row(request, prompts[index]!, spoken[index]!, manner));
    await this.#decodeOpen(batch, rows, manner);
    return rows;
  }

  /** Which language an utterance is in, with more silence after it: slower, and right more often. */
  async hearLanguage(request: DecodeRequest): Promise<Spoken | undefined> {
    const { config, decoder, pool, tokenizer } = this.#parts;
    const memory = new DecoderMemory(pool, config.shape.decoder, 1, this.#framesOf(request, hearingManner), 1);
    const batch: Batch = new DecoderBatch(decoder, memory, scoreTensors(pool, config.shape.vocabulary, 0));
    batch.place(0, await this.encode(request, hearingManner));
    const cases = [{ seconds: request.audio.length / sampleRate, expected: undefined }];
    return (await detectLanguages(batch, cases, tokenizer.marks, config.shape.vocabulary))[0];
  }

  #framesOf({ audio }: DecodeRequest, { tail }: Manner): number {
    const { encoder, padding } = this.#parts;
    const width = encoder.width(audio.length + tail);
    return width + padding.width - firstPadding(width, padding);
  }

  /** What the encoder makes of a request; it lies in memory that the next one overwrites. */
  async encode({ audio }: DecodeRequest, { tail }: Manner): Promise<readonly EncodedAudio[]> {
    const { encoder, padding } = this.#parts;
    const encoded = await encoder.encode(audio, tail);
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

  #row(request: DecodeRequest, prompt: readonly number[], spoken: Spoken, { temperature }: Manner): DecodedRow {
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
  async #decodeOpen(batch: Batch, rows: readonly DecodedRow[], manner: Manner): Promise<void> {
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

  async #begin(batch: Batch, rows: readonly DecodedRow[], manner: Manner): Promise<void> {
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
      for (let mark = 0; mark < leadRowsOf(prefix); mark++)
        attention?.push(scores.alignment, index, prefix.start + mark);
      for (let ahead = 0; ahead <= draft.length; ahead++) {
        this.#take(row, scores, at + 1 + ahead, manner);
        attention?.push(scores.alignment, index, prefix.tokens.length - 1 + ahead);
        if (!hypothesis.open || hypothesis.tokens[ahead] !== draft[ahead]) break;
      }
      at += draft.length + 2;
    }
  }

  #take({ hypothesis, random }: DecodedRow, scores: ScoreTensors, at: number, { temperature }: Manner): void {
    const first = hypothesis.tokens.length === 0;
    const logSum = scores.logSums[at]!;
    hypothesis.take(
      random === undefined
        ? this.#choice.best(scores.values, at, logSum, first)
        : this.#choice.sampled(scores.values, at, logSum, first, { temperature, draw: random.next() }),
    );
  }
}

/** The first pooled padding frame that has none of the audio's own frames in it. */
const firstPadding = (width: number, padding: Padding): number =>
  Math.min(padding.width, Math.ceil(width / pooledFrames));
