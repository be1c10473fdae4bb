import { endsInLoop } from '../ends-in-loop.ts';

/** Tokens a second that no English speech on record reaches (fast speech is about 4.5), and some for very short clips. */
const englishTokensPerSecond = 7;
/** Scripts of which the tokenizer knows few words take up to three tokens a character. */
const otherTokensPerSecond = 24;
const spareTokens = 12;
/** OpenAI's own limit for a window: half of the decoder's positions (whisper/decoding.py, sample_len). */
const mostTokens = 224;

/** The most tokens that `seconds` of speech may give. */
export function tokenCap(seconds: number, language: string): number {
  const rate = language === 'en' ? englishTokensPerSecond : otherTokensPerSecond;
  return Math.min(mostTokens, Math.ceil(seconds * rate) + spareTokens);
}

/** A token that was chosen, and its natural-log probability by the model's own distribution. */
export interface Choice {
  readonly token: number;
  readonly logProbability: number;
}

/** One decode of one row: takes the chosen tokens one by one, and knows when it is at its end. */
export class WhisperHypothesis {
  readonly tokens: number[] = [];
  /** One for each token, and one for the end mark if it was reached. */
  readonly logProbabilities: number[] = [];
  readonly #end: number;
  readonly #cap: number;
  #state: 'open' | 'ended' | 'truncated' = 'open';

  constructor(end: number, cap: number) {
    this.#end = end;
    this.#cap = cap;
  }

  get open(): boolean {
    return this.#state === 'open';
  }

  /** Stopped by the cap or by a loop, not by the model. */
  get truncated(): boolean {
    return this.#state === 'truncated';
  }

  take({ token, logProbability }: Choice): void {
    this.logProbabilities.push(logProbability);
    if (token === this.#end) {
      this.#state = 'ended';
      return;
    }
    this.tokens.push(token);
    if (this.tokens.length >= this.#cap || endsInLoop(this.tokens)) this.#state = 'truncated';
  }
}
