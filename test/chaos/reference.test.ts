import { describe, expect, it } from 'vitest';
import type { FinalEvent } from './client-event.ts';
import { differences, instability } from './reference.ts';

const final = (sequence: number, text: string, startMs: number, endMs: number): FinalEvent => ({
  ...{ type: 'final', sequence, text, startMs, endMs },
});
const one = final(1, 'one', 500, 1_500);
const two = final(2, 'two', 3_000, 4_000);
const steady = [
  [one, two],
  [one, two],
];
const shaky = [
  [one, two],
  [one, final(2, 'too', 3_000, 4_000)],
];

describe('differences', () => {
  it('finds none in the same finals', () => {
    expect(differences(steady, [one, two])).toEqual([]);
  });

  it('finds a text that no undisturbed session has, and excuses it only where those differ too', () => {
    const got = [one, final(2, 'to', 3_000, 4_000)];
    const difference = { kind: 'text', startMs: 3_000, expected: 'two', got: 'to' };
    expect(differences(steady, got)).toEqual([{ ...difference, isExcused: false }]);
    expect(differences(shaky, got)).toEqual([{ ...difference, isExcused: true }]);
  });

  it('takes the text of any undisturbed session', () => {
    expect(differences(shaky, [one, final(2, 'too', 3_000, 4_000)])).toEqual([]);
  });

  it('tells the same words at another place from other words', () => {
    const [difference] = differences(steady, [one, final(2, 'two', 3_000, 4_032)]);
    expect(difference).toMatchObject({ kind: 'place', isExcused: false });
  });

  it('finds what is missing and what is too much, whatever the numbering', () => {
    expect(differences(steady, [final(1, 'two', 3_000, 4_000)])).toMatchObject([{ expected: 'one', got: null }]);
    expect(differences(steady, [one, two, final(3, 'three', 6_000, 7_000)])).toMatchObject([
      { expected: null, got: 'three' },
    ]);
  });

  it('finds an utterance that was cut in two', () => {
    const halves = [final(2, 'tw', 3_000, 3_400), final(3, 'o', 3_500, 4_000)];
    expect(differences(steady, [one, ...halves]).map(({ got }) => got)).toEqual(['tw', 'o']);
  });
});

describe('instability', () => {
  it('counts finals that are not the same in all repeats', () => {
    expect(instability(steady)).toEqual({ finals: 2, differing: 0 });
    expect(instability(shaky)).toEqual({ finals: 2, differing: 1 });
  });
});
