/** The words of a text, lower case, without punctuation. */
export const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .replace(/[’]/g, "'")
    .replace(/[^a-z0-9' ]+/g, ' ')
    .split(' ')
    .filter((word) => word !== '');

/** How one word sequence becomes another with the fewest edits. */
export interface Alignment {
  readonly substituted: number;
  readonly inserted: number;
  readonly deleted: number;
  /** Edits for each reference word. */
  readonly rate: number;
}

/** Word errors of `hypothesis` against `reference`, by edit distance. */
export function wordErrors(reference: readonly string[], hypothesis: readonly string[]): Alignment {
  interface Cell {
    readonly cost: number;
    readonly substituted: number;
    readonly inserted: number;
    readonly deleted: number;
  }
  const start: Cell = { cost: 0, substituted: 0, inserted: 0, deleted: 0 };
  let row: Cell[] = [start];
  for (let j = 1; j <= hypothesis.length; j++) row.push({ ...row[j - 1]!, cost: j, inserted: j });
  for (const word of reference) {
    const up = row[0]!;
    const next: Cell[] = [{ ...up, cost: up.cost + 1, deleted: up.deleted + 1 }];
    for (let j = 1; j <= hypothesis.length; j++) {
      const diagonal = row[j - 1]!;
      const same = word === hypothesis[j - 1];
      const options: Cell[] = [
        same ? diagonal : { ...diagonal, cost: diagonal.cost + 1, substituted: diagonal.substituted + 1 },
        { ...row[j]!, cost: row[j]!.cost + 1, deleted: row[j]!.deleted + 1 },
        { ...next[j - 1]!, cost: next[j - 1]!.cost + 1, inserted: next[j - 1]!.inserted + 1 },
      ];
      next.push(options.reduce((best, option) => (option.cost < best.cost ? option : best)));
    }
    row = next;
  }
  const { cost, ...counts } = row[hypothesis.length]!;
  return { ...counts, rate: cost / Math.max(1, reference.length) };
}
