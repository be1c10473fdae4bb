import { describe, expect, it } from 'vitest';
import { seededRandom } from '../bench/random.ts';
import { FAULT_KINDS, FAULTS, planFaults } from './fault-plan.ts';

const options = { kinds: FAULT_KINDS, rounds: 3, gapMs: 6_000, memoryGapMs: 15_000 };
const plan = (seed: number) => planFaults({ ...options, random: seededRandom(seed) });

describe('planFaults', () => {
  it('has every kind as often as there are rounds', () => {
    for (const kind of FAULT_KINDS) expect(plan(1).filter((fault) => fault.kind === kind)).toHaveLength(3);
  });

  it('keeps its distance, a greater one on both sides of what loses memory', () => {
    const faults = plan(2);
    for (const [index, { kind, waitMs }] of faults.entries()) {
      const before = faults[index - 1];
      const isNearMemory = FAULTS[kind].losesMemory || (before !== undefined && FAULTS[before.kind].losesMemory);
      expect(waitMs).toBeGreaterThanOrEqual(isNearMemory ? 15_000 : 6_000);
    }
  });

  it('is the same for the same seed and another for another', () => {
    expect(plan(3)).toEqual(plan(3));
    expect(plan(4)).not.toEqual(plan(3));
  });
});
