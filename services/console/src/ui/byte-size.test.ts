import { describe, expect, it } from 'vitest';
import { byteSize } from './byte-size.ts';

describe('the size of a file', () => {
  it('has the unit in which it is a small number', () => {
    expect([0, 999, 1_000, 812_400, 12_345_678, 123_456_789, 2_500_000_000].map(byteSize)).toEqual([
      '0 B',
      '999 B',
      '1 kB',
      '812 kB',
      '12.3 MB',
      '123 MB',
      '2.5 GB',
    ]);
  });

  it('takes the next unit where it would be rounded up to a thousand', () => {
    expect(byteSize(999_700)).toBe('1.0 MB');
  });
});
