import { describe, expect, it } from 'vitest';
import { endsInLoop } from './ends-in-loop.ts';

describe('a loop', () => {
  it.each([
    [[3, 3, 3, 3], false],
    [[3, 3, 3, 3, 3, 3, 3, 3], true],
    [[1, 2, 1, 2, 1, 2, 1, 2], true],
    [[2, 1, 2, 1, 2, 1, 2], false],
    [[1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4], false],
    [[1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4], true],
    [[1, 2, 1, 2, 1, 2, 1, 2, 9], false],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9], false],
  ])('is seen in %j: %s', (tokens, expected) => {
    expect(endsInLoop(tokens)).toBe(expected);
  });
});
