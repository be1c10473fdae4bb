import type { SaidFinal } from './talk.ts';

/** Older finals than these are not kept over a reload: a browser gives a page some 5 MB. */
const MOST_CHARACTERS = 1_000_000;

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * The text of this tab, so that a reload does not lose it: in sessionStorage, which ends with the tab. Where the browser
 * stores nothing, nothing is remembered.
 */
export class TalkMemory {
  readonly #store: Store | null;
  readonly #key: string;

  constructor(store: Store | null, key: string) {
    this.#store = store;
    this.#key = key;
  }

  read(): readonly SaidFinal[] {
    try {
      const kept: unknown = JSON.parse(this.#store?.getItem(this.#key) ?? '[]');
      return Array.isArray(kept) ? kept.filter(isFinal) : [];
    } catch {
      return [];
    }
  }

  write(finals: readonly SaidFinal[]): void {
    try {
      if (finals.length === 0) this.#store?.removeItem(this.#key);
      else this.#store?.setItem(this.#key, JSON.stringify(newest(finals)));
    } catch {
      // Full: the page works without.
    }
  }
}

/** The newest finals that fit, counted from 1 again. */
const newest = (finals: readonly SaidFinal[]): readonly SaidFinal[] => {
  let room = MOST_CHARACTERS;
  const kept = finals.toReversed().filter((final) => {
    room -= JSON.stringify(final).length;
    return room >= 0;
  });
  return kept.toReversed().map((final, index) => ({ ...final, sequence: index + 1 }));
};

/** Whether something is a final as this page wrote it. */
const isFinal = (value: unknown): value is SaidFinal => {
  const { text, start, end, sequence } = (value ?? {}) as Partial<SaidFinal>;
  return typeof text === 'string' && [start, end, sequence].every((each) => typeof each === 'number');
};
