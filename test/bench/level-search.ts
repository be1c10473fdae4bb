/** How one number of sessions fared. */
export interface LevelOutcome {
  readonly sessions: number;
  readonly passed: boolean;
}

/** Chooses the next number of sessions to try by those tried so far; null when the answer is known. */
export type NextLevel = (outcomes: readonly LevelOutcome[]) => number | null;

/** The given levels one after another, up to the first that fails. */
export function listedLevels(levels: readonly number[]): NextLevel {
  return (outcomes) => (outcomes.some(({ passed }) => !passed) ? null : (levels[outcomes.length] ?? null));
}

/** Bisection stops when what is left between a pass and a failure is this share of the failure. */
const RESOLUTION = 0.05;
const FIRST = 10;

/** Doubles from 10 up to a failure or `limit`, then halves the stretch between the greatest pass and the least failure. */
export function bisectedLevels(limit: number): NextLevel {
  return (outcomes) => {
    const failed = outcomes.filter(({ passed }) => !passed).map(({ sessions }) => sessions);
    const low = mostSessions(outcomes) ?? 0;
    if (outcomes.length === 0) return Math.min(FIRST, limit);
    if (failed.length === 0) return low >= limit ? null : Math.min(2 * low, limit);
    const high = Math.min(...failed);
    return high - low <= Math.max(1, high * RESOLUTION) ? null : Math.floor((low + high) / 2);
  };
}

/** The greatest number that passed below the least that failed; null where none did. */
export function mostSessions(outcomes: readonly LevelOutcome[]): number | null {
  const failed = outcomes.filter(({ passed }) => !passed).map(({ sessions }) => sessions);
  const ceiling = Math.min(Number.POSITIVE_INFINITY, ...failed);
  const passed = outcomes.filter(({ passed, sessions }) => passed && sessions < ceiling);
  return passed.length === 0 ? null : Math.max(...passed.map(({ sessions }) => sessions));
}
