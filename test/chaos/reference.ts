import type { FinalEvent } from './client-event.ts';

/** What undisturbed sessions made of one track: their finals, at least two sessions. */
export type Repeats = readonly (readonly FinalEvent[])[];

/** A stretch of a track where a session's finals are not those of the undisturbed sessions. */
export interface Difference {
  readonly kind: 'text' | 'place';
  readonly startMs: number;
  /** Null: nothing was said there. */
  readonly expected: string | null;
  readonly got: string | null;
  /** Undisturbed sessions differ from each other there as well. */
  readonly isExcused: boolean;
}

/** Compares a session's finals with those of the undisturbed sessions by their place in the audio. */
export function differences(repeats: Repeats, got: readonly FinalEvent[]): Difference[] {
  const [reference = []] = repeats;
  const wrong = got.filter((final) => !repeats.some((repeat) => isIn(repeat, final)));
  const missing = reference.filter((final) => !got.some((other) => overlap(final, other)));
  return [
    ...wrong.map((final) => {
      const there = repeats.map((repeat) => repeat.filter((other) => overlap(final, other)));
      const sameText = there.some((finals) => textOf(finals) === final.text);
      return {
        kind: sameText ? ('place' as const) : ('text' as const),
        ...{ startMs: final.startMs, expected: textOf(there[0] ?? []), got: final.text },
        isExcused: !allSame(there),
      };
    }),
    ...missing.map((final) => ({
      kind: 'text' as const,
      ...{ startMs: final.startMs, expected: final.text, got: null },
      isExcused: !allSame(repeats.map((repeat) => repeat.filter((other) => overlap(final, other)))),
    })),
  ].toSorted((a, b) => a.startMs - b.startMs);
}

/** How many finals of the undisturbed sessions are not the same in all repeats, and of how many. */
export function instability(repeats: Repeats): { readonly finals: number; readonly differing: number } {
  const [reference = [], ...others] = repeats;
  const differing = reference.filter((final) => !others.every((other) => isIn(other, final)));
  return { finals: reference.length, differing: differing.length };
}

const overlap = (a: FinalEvent, b: FinalEvent): boolean => a.startMs < b.endMs && b.startMs < a.endMs;
const isIn = (finals: readonly FinalEvent[], final: FinalEvent): boolean =>
  finals.some(({ text, startMs, endMs }) => text === final.text && startMs === final.startMs && endMs === final.endMs);
const textOf = (finals: readonly FinalEvent[]): string | null =>
  finals.length === 0 ? null : finals.map(({ text }) => text).join(' ');
const allSame = ([first = [], ...others]: Repeats): boolean =>
  others.every((other) => other.length === first.length && other.every((final) => isIn(first, final)));
