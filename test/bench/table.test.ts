import { expect, it } from 'vitest';
import { fixed, formatTable } from './table.ts';

it('lines columns up, and shows a dash for what was not measured', () => {
  const rows = [
    ['ljspeech', 12, fixed(2.71428, 2)],
    ['all', 3, fixed(null)],
  ];
  expect(formatTable(['set', 'clips', 'WER %'], rows)).toBe(
    ['set       clips  WER %', '--------  -----  -----', 'ljspeech     12   2.71', 'all           3      -'].join('\n'),
  );
});
