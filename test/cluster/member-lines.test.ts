import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { memberLines } from './member-lines.ts';

it('puts the name of its member before each line', () => {
  const format = memberLines(false);
  expect(format('ingress-1', 'Listening')).toBe('ingress-1     | Listening');
  expect(format('transcriber-1', '')).toBeNull();
});

it('gives each member a colour of its own, and the line none', () => {
  const format = memberLines(true);
  const colourOf = (name: string) => format(name, 'x')!.split('m')[0];
  const colours = ['ingress-1', 'ingress-2', 'transcriber-1'].map(colourOf);
  expect(new Set(colours).size).toBe(3);
  expect(colourOf('ingress-2')).toBe(colours[1]);
  expect(format('ingress-1', 'x')!.endsWith('\u001b[0m x')).toBe(true);
  expect(stripVTControlCharacters(format('ingress-1', 'x')!)).toBe('ingress-1     | x');
});

it('shows of the servers what may matter', () => {
  const format = memberLines(false);
  expect(format('nats', '[9] 2026/11/22 18:14:39.717297 [INF] Server is ready')).toBeNull();
  expect(format('nats', '[9] 2026/11/22 18:14:39.717297 [WRN] Slow consumer')).toContain('Slow consumer');
  expect(format('redis', '7:M 22 Nov 2026 18:14:39.779 * Ready to accept connections')).toBeNull();
  expect(format('redis', '7:C 22 Nov 2026 18:14:39.778 # oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo')).toBeNull();
  expect(format('redis', '7:M 22 Nov 2026 18:14:39.779 # Bad file format')).toContain('Bad file format');
  expect(format('ingress-1', '7:M 22 Nov 2026 18:14:39.779 * no')).not.toBeNull();
});
