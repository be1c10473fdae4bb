import { expect, it } from 'vitest';
import { formatValue } from './units.ts';

it.each([
  [0.0003, 's', null, '300 µs'],
  [0.512345, 's', null, '512 ms'],
  [1.5, 's', 2, '1.50 s'],
  [0, 's', null, '0 s'],
  [-0.02, 's', null, '-20 ms'],
  [7200, 's', null, '2 h'],
  [12.5, 'ms', null, '12.5 ms'],
  [0.123456, 'percentunit', null, '12.3 %'],
  [99.5, 'percent', 0, '100 %'],
  [1536, 'bytes', null, '1.5 KiB'],
  [2_500_000, 'decbytes', null, '2.5 MB'],
  [3e9, 'Bps', null, '3 GB/s'],
  [12_345, 'short', null, '12.3 k'],
  [12_345, 'none', null, '12 345'],
  [0.25, 'ops', null, '0.25 ops/s'],
  [3, 'suffix: rows', null, '3 rows'],
  [3, 'prefix:£', null, '£3'],
  [3, 'furlongs', null, '3 furlongs'],
  [1, 'bool_yes_no', null, 'yes'],
  [Number.NaN, 's', null, '–'],
  [Number.POSITIVE_INFINITY, 's', null, '∞'],
] as const)('writes %f in %s with %s decimals as %s', (value, unit, decimals, text) => {
  expect(formatValue(value, unit, decimals).replaceAll('\u2009', ' ')).toBe(text);
});
