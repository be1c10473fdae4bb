import { endsInLoop } from '../ends-in-loop.ts';
import { moonshineTiny } from './dimensions.ts';

export const beginMark = 1;
export const endMark = 2;

/** Tokens a second that no speech on record reaches (fast English is about 4.5), and some for very short clips. */
const tokensPerSecond = 6.5;
const spareTokens = 6;

/** The end mark is not taken as one of the first tokens: about 6% of clips with speech would otherwise give no text. */
const tokensBeforeEnd = 2;

/** The two likeliest next tokens by the model's own distribution, best first. */
export interface NextToken {
  readonly ids: readonly [number, number];
  readonly logProbabilities: readonly [number, number];
}

/** The most tokens that `samples` of 16 kHz audio may give. */
export function tokenCap(samples: number): number {
  return Math.ceil((samples / moonshineTiny.sampleRate) * tokensPerSecond) + spareTokens;
}

/** One greedy decode: takes the model's answers one by one, and knows when it is at its end. */
export class Hypothesis {
  readonly tokens: number[] = [];
  /** One for each token, and one for the end mark if it was reached. */
  readonly logProbabilities: number[] = [];
  readonly #cap: number;
  #state: 'open' | 'ended' | 'truncated' = 'open';

  constructor(cap: number) {
    this.#cap = cap;
  }

  get open(): boolean {
    return this.#state === 'open';
  }

  /** Stopped by the cap or by a loop, not by the model. */
  get truncated(): boolean {
    return this.#state === 'truncated';
  }

  /** Takes the best token that may stand here and returns it. The probability kept is that of the unmasked distribution. */
  take(next: NextToken): number {
    const choice = next.ids[0] === endMark && this.tokens.length < tokensBeforeEnd ? 1 : 0;
    const token = next.ids[choice];
    this.logProbabilities.push(next.logProbabilities[choice]);
    if (token === endMark) {
      this.#state = 'ended';
      return token;
    }
    this.tokens.push(token);
    if (this.tokens.length >= this.#cap || endsInLoop(this.tokens)) this.#state = 'truncated';
    return token;
  }
}
