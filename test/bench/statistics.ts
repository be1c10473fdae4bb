/** What a list of measurements comes to, in the measurements' own unit. */
export interface Summary {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/**
 * The `share` (0 to 1) quantile with linear interpolation between the two nearest values (Hyndman & Fan 1996, type 7:
 * what NumPy and R do by default); null for no values.
 */
export function quantile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const low = sorted[Math.floor(position)]!;
  const high = sorted[Math.ceil(position)]!;
  return low + (high - low) * (position - Math.floor(position));
}

/** Null for no values: a table shows that as a dash, never as zero. */
export function summarise(values: readonly number[]): Summary | null {
  const p50 = quantile(values, 0.5);
  const p95 = quantile(values, 0.95);
  const max = quantile(values, 1);
  return p50 === null || p95 === null || max === null ? null : { count: values.length, p50, p95, max };
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The values that could be measured. */
export const measured = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);
