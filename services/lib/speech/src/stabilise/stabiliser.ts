/** A hypothesis as it is shown: its first `stableChars` characters are not taken back while the utterance is open. */
export interface StableText {
  readonly text: string;
  readonly stableChars: number;
}

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/** Two hypotheses agree on a word that differs only in case or in the marks around it. */
const bare = (word: string): string =>
  word.toLocaleLowerCase().replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '') || word;

const agreeing = (a: readonly string[], b: readonly string[]): number => {
  let n = 0;
  while (n < a.length && n < b.length && bare(a[n]!) === bare(b[n]!)) n++;
  return n;
};

/**
 * Makes text stable by agreement (LocalAgreement-2, Liu et al. 2020, "Low-latency sequence-to-sequence speech
 * recognition and translation by partial hypothesis selection"): the longest common prefix of two hypotheses in a row.
 * The last word of a hypothesis never counts, since its audio may be cut. Once stable, words stay as they were shown;
 * a later hypothesis that disagrees only adds what follows them.
 */
export class Stabiliser {
  #stable: string[] = [];
  #previous: string[] = [];

  /** Takes the next hypothesis of the utterance; returns what to show. */
  update(hypothesis: string): StableText {
    const heard = wordsOf(hypothesis);
    // What is compared is what would be shown: a hypothesis that now reads a stable word otherwise still confirms others.
    const words = [...this.#stable, ...heard.slice(lengthAligned(this.#stable, heard))];
    const settled = Math.min(agreeing(this.#previous, words), words.length - 1);
    if (settled > this.#stable.length) this.#stable = words.slice(0, settled);
    this.#previous = words;
    return { text: words.join(' '), stableChars: this.#stable.join(' ').length };
  }
}

/**
 * How many words of `hypothesis` say what `stable` says: the prefix with the least edit distance to it, by word, and of
 * equal ones the one whose length is closest.
 */
function lengthAligned(stable: readonly string[], hypothesis: readonly string[]): number {
  let row = Array.from({ length: hypothesis.length + 1 }, (_, j) => j);
  for (const [i, word] of stable.entries()) {
    const next = [i + 1];
    for (let j = 1; j <= hypothesis.length; j++) {
      const substitution = row[j - 1]! + (bare(word) === bare(hypothesis[j - 1]!) ? 0 : 1);
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, substitution));
    }
    row = next;
  }
  let best = 0;
  for (let j = 1; j < row.length; j++) {
    const closer = Math.abs(j - stable.length) < Math.abs(best - stable.length);
    if (row[j]! < row[best]! || (row[j] === row[best] && closer)) best = j;
  }
  return best;
}
