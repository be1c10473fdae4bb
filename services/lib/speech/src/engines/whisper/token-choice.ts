import type { Choice } from './whisper-hypothesis.ts';

/** Added to the score of what may not be chosen. */
const forbidden = -1e9;

export interface ChoiceRules {
  readonly vocabulary: number;
  /** The end mark: tokens above it are marks and times, never text. */
  readonly end: number;
  /** Never chosen. */
  readonly suppressed: readonly number[];
  /** Not chosen as the first token of a text. */
  readonly suppressedAtBegin: readonly number[];
}

/** Chooses tokens by their scores. */
export class TokenChoice {
  readonly #rules: ChoiceRules;
  readonly #mask: Float32Array;
  readonly #maskAtBegin: Float32Array;

  constructor(rules: ChoiceRules) {
    this.#rules = rules;
    this.#mask = new Float32Array(rules.end + 1);
    for (const token of rules.suppressed) this.#mask[token] = forbidden;
    this.#maskAtBegin = this.#mask.slice();
    for (const token of rules.suppressedAtBegin) this.#maskAtBegin[token] = forbidden;
  }

  /**
   * The likeliest token.
   *
   * @param logits [rows, vocabulary]; `row` is the one that counts, `logSum` the logarithm of the sum of its exponentials.
   */
  best(logits: Float32Array, row: number, logSum: number, first: boolean): Choice {
    const mask = first ? this.#maskAtBegin : this.#mask;
    const from = row * this.#rules.vocabulary;
    let token = this.#rules.end;
    let highest = Number.NEGATIVE_INFINITY;
    for (let candidate = 0; candidate < mask.length; candidate++) {
      const score = logits[from + candidate]! + mask[candidate]!;
      if (score > highest) {
        highest = score;
        token = candidate;
      }
    }
    return { token, logProbability: highest - logSum };
  }

  /**
   * A token drawn by its probability after division of the scores by `temperature`.
   *
   * @param draw a number from 0 to 1, evenly distributed.
   */
  sampled(
    logits: Float32Array,
    row: number,
    logSum: number,
    first: boolean,
    { temperature, draw }: { readonly temperature: number; readonly draw: number },
  ): Choice {
    const mask = first ? this.#maskAtBegin : this.#mask;
    const from = row * this.#rules.vocabulary;
    const highest = this.best(logits, row, 0, first).logProbability;
    const weightOf = (candidate: number): number =>
      Math.exp((logits[from + candidate]! + mask[candidate]! - highest) / temperature);
    let sum = 0;
    for (let candidate = 0; candidate < mask.length; candidate++) sum += weightOf(candidate);
    let left = draw * sum;
    let token = 0;
    for (; token < mask.length - 1; token++) {
      left -= weightOf(token);
      if (left < 0) break;
    }
    return { token, logProbability: logits[from + token]! - logSum };
  }
}

/** The probability of one token by the model's own distribution. */
export function probabilityOf(logits: Float32Array, at: number, logSum: number): number {
  return Math.exp(logits[at]! - logSum);
}
