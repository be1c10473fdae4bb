import type { z } from 'zod';

// These rules run also when single variables are wrong, so that the user sees all mistakes at once: a value may be
// anything then.
export type Unchecked = Readonly<Record<string, unknown>>;

/** What is wrong between several variables, as a sentence; undefined if nothing is. */
export type Rule = (values: Unchecked) => string | undefined;

/** `schema` whose values also follow `rules`; each broken one is a mistake of its own. */
export const obeying = <T extends z.ZodObject>(schema: T, ...rules: readonly Rule[]): T =>
  rules.reduce(
    (checked, rule) =>
      checked.refine((values) => rule(values) === undefined, {
        error: ({ input }) => rule(input as Unchecked),
        when: () => true,
      }),
    schema,
  );

/** "A", "A and B", "A, B and C". */
export const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** A certificate is of no use without its key, nor a key without its certificate. */
export const bothOrNone =
  (one: string, other: string): Rule =>
  (values) => {
    if ((values[one] === undefined) === (values[other] === undefined)) return undefined;
    const [set, missing] = values[one] === undefined ? [other, one] : [one, other];
    return `${set} is set and ${missing} is not; set both or neither.`;
  };
