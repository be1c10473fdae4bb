/** The time that panels show, and how finely. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  /** For what has no course: the newest there is. */
  readonly nowMs: number;
  readonly stepMs: number;
  /** Time between two scrapes. */
  readonly scrapeMs: number;
}

/** As many points as a panel of common width can show. */
const POINTS = 240;

/**
 * The last `rangeMs`, in steps of whole scrapes. Begin and end lie on steps, so that points keep their places from one refresh to
 * the next.
 */
export function windowUntil(nowMs: number, rangeMs: number, scrapeMs: number): Window {
  const stepMs = Math.max(1, Math.ceil(rangeMs / POINTS / scrapeMs)) * scrapeMs;
  const toMs = Math.floor(nowMs / stepMs) * stepMs;
  return { fromMs: toMs - Math.ceil(rangeMs / stepMs) * stepMs, toMs, nowMs, stepMs, scrapeMs };
}

/** The times of all steps. */
export const timesOf = ({ fromMs, toMs, stepMs }: Window): number[] =>
  Array.from({ length: Math.round((toMs - fromMs) / stepMs) + 1 }, (_, i) => fromMs + i * stepMs);

/** Where a time lies between begin (0) and end (1). */
export const share = ({ fromMs, toMs }: Pick<Window, 'fromMs' | 'toMs'>, atMs: number): number =>
  (atMs - fromMs) / (toMs - fromMs);
