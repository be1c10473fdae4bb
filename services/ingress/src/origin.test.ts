import { expect, it } from 'vitest';
import { originAllowed } from './origin.ts';

it.each([
  [undefined, true],
  ['null', true],
  ['file://', true],
  ['http://localhost', true],
  ['https://localhost:5173', true],
  ['http://127.0.0.1:3000', true],
  ['http://[::1]:3000', true],
  ['https://stt.example:8443', true],
  ['https://stt.example', false],
  ['https://app.example', true],
  ['https://localhost.evil.example', false],
  ['https://evil.example', false],
  ['nonsense', false],
])('a page of %s may connect to stt.example:8443: %s', (origin, expected) => {
  expect(originAllowed(origin, 'stt.example:8443', ['https://app.example'])).toBe(expected);
});

it('lets every page in where "*" is allowed', () => {
  expect(originAllowed('https://evil.example', 'stt.example', ['*'])).toBe(true);
});
