/** One step of an alignment: the same or a replaced word on both sides, or a word on one side only. */
export interface AlignedPair {
  readonly reference: string | null;
  readonly hypothesis: string | null;
}

/** How many words were compared and how many of them are wrong. */
export interface WordErrors {
  readonly words: number;
  readonly substituted: number;
  readonly deleted: number;
  readonly inserted: number;
}

/** The alignment of two word sequences with the fewest edits (Levenshtein distance over words). */
export function align(reference: readonly string[], hypothesis: readonly string[]): AlignedPair[] {
  const width = hypothesis.length + 1;
  const cost = costs(reference, hypothesis);
  const pairs: AlignedPair[] = [];
  let row = reference.length;
  let column = hypothesis.length;
  while (row > 0 || column > 0) {
    const here = cost[row * width + column]!;
    const same = reference[row - 1] === hypothesis[column - 1] ? 0 : 1;
    if (row > 0 && column > 0 && here === cost[(row - 1) * width + column - 1]! + same) {
      pairs.push({ reference: reference[--row]!, hypothesis: hypothesis[--column]! });
    } else if (row > 0 && here === cost[(row - 1) * width + column]! + 1) {
      pairs.push({ reference: reference[--row]!, hypothesis: null });
    } else {
      pairs.push({ reference: null, hypothesis: hypothesis[--column]! });
    }
  }
  return pairs.reverse();
}

/** Edit distances of all prefixes, row by row: [reference words, hypothesis words]. */
function costs(reference: readonly string[], hypothesis: readonly string[]): Uint32Array {
  const width = hypothesis.length + 1;
  const cost = new Uint32Array((reference.length + 1) * width);
  for (let column = 1; column < width; column++) cost[column] = column;
  for (let row = 1; row <= reference.length; row++) {
    cost[row * width] = row;
    for (let column = 1; column < width; column++) {
      const same = reference[row - 1] === hypothesis[column - 1] ? 0 : 1;
      cost[row * width + column] = Math.min(
        cost[(row - 1) * width + column - 1]! + same,
        cost[(row - 1) * width + column]! + 1,
        cost[row * width + column - 1]! + 1,
      );
    }
  }
  return cost;
}

export function wordErrors(reference: readonly string[], hypothesis: readonly string[]): WordErrors {
  const pairs = align(reference, hypothesis);
  return {
    words: reference.length,
    substituted: pairs.filter((pair) => pair.reference !== null && pair.hypothesis !== null && isEdit(pair)).length,
    deleted: pairs.filter((pair) => pair.hypothesis === null).length,
    inserted: pairs.filter((pair) => pair.reference === null).length,
  };
}

/** Errors of several texts together, so that long texts weigh more than short ones. */
export function addErrors(all: readonly WordErrors[]): WordErrors {
  const total = { words: 0, substituted: 0, deleted: 0, inserted: 0 };
  for (const one of all) {
    total.words += one.words;
    total.substituted += one.substituted;
    total.deleted += one.deleted;
    total.inserted += one.inserted;
  }
  return total;
}

export const errorCount = ({ substituted, deleted, inserted }: WordErrors): number => substituted + deleted + inserted;

/** Word error rate in percent; over 100 is possible. Null without reference words. */
export const wordErrorRate = (errors: WordErrors): number | null =>
  errors.words === 0 ? null : (100 * errorCount(errors)) / errors.words;

/** What changed from one word sequence to another, for people: "their>there, -the, +a". */
export function describeChanges(from: readonly string[], to: readonly string[]): string {
  return align(from, to)
    .filter(isEdit)
    .map(({ reference, hypothesis }) => {
      if (reference === null) return `+${hypothesis}`;
      return hypothesis === null ? `-${reference}` : `${reference}>${hypothesis}`;
    })
    .join(', ');
}

const isEdit = ({ reference, hypothesis }: AlignedPair): boolean => reference !== hypothesis;
