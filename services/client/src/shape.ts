/**
 * What JSON from a server has to look like, for its types to hold. zod does the same for the parts of the product; in a page it
 * would be more than half of what is loaded.
 */
export type Shape<T> = (value: unknown) => T;

/** A value that is not of its shape. */
class ShapeError extends Error {
  override readonly name = 'ShapeError';

  constructor(value: unknown, wanted: string) {
    super(`${JSON.stringify(value)?.slice(0, 60) ?? 'nothing'} is not ${wanted}`);
  }
}

const primitive =
  <T>(is: (value: unknown) => boolean, wanted: string): Shape<T> =>
  (value) => {
    if (is(value)) return value as T;
    throw new ShapeError(value, wanted);
  };

export const string = primitive<string>((value) => typeof value === 'string', 'a string');
export const number = primitive<number>((value) => typeof value === 'number', 'a number');
export const boolean = primitive<boolean>((value) => typeof value === 'boolean', 'true or false');
/** A whole number from 0 on. */
export const count = primitive<number>((value) => Number.isSafeInteger(value) && (value as number) >= 0, 'a count');

export const oneOf = <const T extends string>(values: readonly T[]): Shape<T> =>
  primitive((value) => values.includes(value as T), `one of ${values.join(', ')}`);

export const nullOr =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (value) =>
    value === null ? null : shape(value);

/** For a field that may be absent. */
export const optional =
  <T>(shape: Shape<T>): Shape<T | undefined> =>
  (value) =>
    value === undefined ? undefined : shape(value);

export const listOf =
  <T>(shape: Shape<T>): Shape<T[]> =>
  (value) => {
    if (Array.isArray(value)) return value.map((item) => shape(item));
    throw new ShapeError(value, 'a list');
  };

/** An object whose names are data. */
export const recordOf =
  <T>(shape: Shape<T>): Shape<Record<string, T>> =>
  (value) =>
    Object.fromEntries(Object.entries(objectOf(value)).map(([name, held]) => [name, shape(held)]));

/** A shape, and what is made of its value. */
export const mapped =
  <T, U>(shape: Shape<T>, make: (value: T) => U): Shape<U> =>
  (value) =>
    make(shape(value));

/** `fallback` stands for what is not of the shape. */
export const otherwise =
  <T>(shape: Shape<T>, fallback: T): Shape<T> =>
  (value) => {
    try {
      return shape(value);
    } catch {
      return fallback;
    }
  };

type Fields = Readonly<Record<string, Shape<unknown>>>;
type Absent<F extends Fields> = { [N in keyof F]: undefined extends ReturnType<F[N]> ? N : never }[keyof F];
type Held<F extends Fields> = { readonly [N in Exclude<keyof F, Absent<F>>]: ReturnType<F[N]> } & {
  readonly [N in Absent<F>]?: Exclude<ReturnType<F[N]>, undefined>;
};

/** An object with these fields; those that a newer server adds are left out. */
export const object =
  <F extends Fields>(fields: F): Shape<Held<F>> =>
  (value) => {
    const given = objectOf(value);
    const held: Record<string, unknown> = {};
    for (const [name, shape] of Object.entries(fields)) {
      const field = shape(given[name]);
      if (field !== undefined) held[name] = field;
    }
    return held as Held<F>;
  };

const objectOf = (value: unknown): Readonly<Record<string, unknown>> => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ShapeError(value, 'an object');
};
