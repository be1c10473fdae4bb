import { type Partial, type Samples, samplesFromMs } from '@verbatim/contracts';
import type { DecodeResult, DecodeWishes } from '../engines/engine.ts';
import type { DecodeScheduler, DecodeTicket } from '../scheduler/decode-scheduler.ts';
import { Stabiliser } from '../stabilise/stabiliser.ts';
import { confidenceOf, reasonToSuppress } from './judge.ts';
import {
  isLanguageCredible,
  type SpeechHints,
  type Spoken,
  settlesLanguage,
  textLanguage,
  wishesOf,
} from './spoken.ts';

/** Between two tries for an utterance's first words: with each chunk of a client that sends every 100 ms. */
const FIRST_WORD_RETRY_MS = 80;

/**
 * A partial is not begun before this many times as long has passed as the last one took: a session leaves the workers to
 * others, and to its own final, for as long as it uses them. Measured with whisper-base, whose partials take 60 to 700 ms.
 */
const REST = 2;

export interface HypothesesOptions {
  readonly sessionId: string;
  readonly scheduler: DecodeScheduler;
  /** Speech before the first partial, in samples. */
  readonly firstAfter: Samples;
  readonly hints: SpeechHints;
  /** What earlier finals said. */
  readonly spoken: () => Spoken;
  readonly show: (partial: Partial) => void;
}

/** Audio of an utterance so far, and how to get it. */
export interface Stretch {
  readonly start: Samples;
  readonly end: Samples;
  readonly copy: (from: Samples, to: Samples) => Int16Array;
}

/** The changing text of one open utterance: when to decode it again, and what to show of the result. */
export class Hypotheses {
  readonly #options: HypothesesOptions;
  readonly #utterance: number;
  readonly #onset: Samples;
  readonly #stabiliser = new Stabiliser();
  #draft: Int32Array | undefined;
  #shown = '';
  #stable = 0;
  #asked: Samples;
  /** How much audio came while the last partial was made. */
  #took: Samples = 0;
  /** The end of the utterance so far. */
  #reached: Samples;
  #ticket: DecodeTicket | undefined;
  #closed = false;
  /** What is spoken in this utterance, once a partial has told. */
  #language: string | null = null;

  constructor(options: HypothesesOptions, utterance: number, onset: Samples) {
    this.#options = options;
    this.#utterance = utterance;
    this.#onset = onset;
    this.#asked = onset;
    this.#reached = onset;
  }

  /** Tokens of the newest hypothesis: a head start for the next decode. */
  get draft(): Int32Array | undefined {
    return this.#draft;
  }

  /** Decodes the utterance so far, if a partial is due at `stretch.end`. */
  refresh(stretch: Stretch): void {
    this.#reached = stretch.end;
    if (this.#ticket !== undefined || !this.#due(stretch.end)) return;
    this.#asked = stretch.end;
    const ticket = this.#options.scheduler.submit({
      sessionId: this.#options.sessionId,
      kind: this.#shown === '' ? 'first_partial' : 'partial',
      pcm16: stretch.copy(stretch.start, stretch.end),
      draft: this.#draft,
      ...this.#wishes(),
    });
    this.#ticket = ticket;
    ticket.result
      .then((result) => {
        this.#ticket = undefined;
        this.#took = this.#reached - this.#asked;
        if (result !== null) this.offer(result, stretch.start, stretch.end);
      })
      // The same failure meets the utterance's final decode, which reports it.
      .catch(() => {
        this.#ticket = undefined;
      });
  }

  /** Takes a decode of the utterance from `start` to `end`; shows it unless it is no text or the utterance is over. */
  offer(result: DecodeResult, start: Samples, end: Samples): void {
    if (this.#closed || reasonToSuppress(result) !== null || !isLanguageCredible(result)) return;
    if (settlesLanguage(result, end - start)) this.#language = result.language;
    this.#draft = result.tokens;
    const { text, stableChars } = this.#stabiliser.update(result.text);
    if (text === this.#shown && stableChars === this.#stable) return;
    this.#shown = text;
    this.#stable = stableChars;
    this.#options.show({
      type: 'partial',
      utterance: this.#utterance,
      text,
      stableChars,
      confidence: confidenceOf(result),
      start,
      end,
      language: textLanguage(this.#options.hints, result),
    });
  }

  /** Takes back a decode that has not begun: something better is on its way. */
  yield(): void {
    this.#ticket?.cancel();
  }

  close(): void {
    this.#closed = true;
    this.yield();
  }

  /** A partial hears for itself what is spoken only until that is clear: it need not be right, but quick. */
  #wishes(): DecodeWishes {
    const { hints, spoken } = this.#options;
    const { expectedLanguage, ...wishes } = wishesOf(hints, spoken());
    return { language: this.#language ?? expectedLanguage, ...wishes };
  }

  #due(end: Samples): boolean {
    if (this.#asked === this.#onset) return end - this.#onset >= this.#options.firstAfter;
    // People notice the first word most, and so little audio costs little: it is tried often, also under load.
    const wait = this.#shown === '' ? FIRST_WORD_RETRY_MS : this.#options.scheduler.cadenceMs();
    return end - this.#asked >= Math.max(samplesFromMs(wait), REST * this.#took);
  }
}
