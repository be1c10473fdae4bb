import { expect, it } from 'vitest';
import { timecode } from './timecode.ts';

it('shows hours only where there are some', () => {
  expect([0, 7.9, 750, 3_599.99, 3_723, 36_000].map(timecode)).toEqual([
    '0:00',
    '0:07',
    '12:30',
    '59:59',
    '1:02:03',
    '10:00:00',
  ]);
});

it('shows nothing below zero', () => {
  expect(timecode(-0.2)).toBe('0:00');
});
