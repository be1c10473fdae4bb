import { describe, expect, it } from 'vitest';
import { bisectedLevels, type LevelOutcome, listedLevels, mostSessions, type NextLevel } from './level-search.ts';

/** The levels that a search tries on a machine that carries `capacity` sessions. */
const tried = (next: NextLevel, capacity: number): LevelOutcome[] => {
  const outcomes: LevelOutcome[] = [];
  for (let level = next(outcomes); level !== null; level = next(outcomes)) {
    outcomes.push({ sessions: level, passed: level <= capacity });
  }
  return outcomes;
};
const levelsOf = (outcomes: readonly LevelOutcome[]) => outcomes.map(({ sessions }) => sessions);

describe('listedLevels', () => {
  it('goes through the list up to the first failure', () => {
    expect(levelsOf(tried(listedLevels([1, 10, 20, 30]), 15))).toEqual([1, 10, 20]);
    expect(levelsOf(tried(listedLevels([1, 10]), 99))).toEqual([1, 10]);
  });
});

describe('bisectedLevels', () => {
  it('closes in on the capacity to a twentieth', () => {
    for (const capacity of [3, 10, 37, 64, 149]) {
      const found = mostSessions(tried(bisectedLevels(200), capacity))!;
      expect(found).toBeLessThanOrEqual(capacity);
      expect(found).toBeGreaterThanOrEqual(capacity - Math.max(1, capacity * 0.06));
    }
  });

  it('ends at the limit when that passes', () => {
    expect(levelsOf(tried(bisectedLevels(35), 99))).toEqual([10, 20, 35]);
  });

  it('ends at once when not even one session passes', () => {
    const outcomes = tried(bisectedLevels(50), 0);
    expect(outcomes.at(-1)).toEqual({ sessions: 1, passed: false });
    expect(mostSessions(outcomes)).toBeNull();
  });
});
