import { describe, expect, it } from 'vitest';
import { mustFollow } from './follow.ts';

const SCREEN = { top: 100, bottom: 800 };
const at = (top: number) => ({ top, bottom: top + 50 });

describe('the segment heard now', () => {
  it('is followed where it leaves the screen', () => {
    expect(mustFollow(at(780), at(720), SCREEN)).toBe(true);
    expect(mustFollow(at(60), at(120), SCREEN)).toBe(true);
  });

  it('needs no following where it can be seen', () => {
    expect(mustFollow(at(300), at(240), SCREEN)).toBe(false);
  });

  it('is left alone where the reader has scrolled away from the one before it', () => {
    expect(mustFollow(at(1_500), at(1_440), SCREEN)).toBe(false);
    expect(mustFollow(at(-400), at(-460), SCREEN)).toBe(false);
  });

  it('is followed after a jump, wherever it is', () => {
    expect(mustFollow(at(5_000), null, SCREEN)).toBe(true);
  });
});
