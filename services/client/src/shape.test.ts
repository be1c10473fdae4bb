import { describe, expect, it } from 'vitest';
import {
  boolean,
  count,
  listOf,
  mapped,
  nullOr,
  number,
  object,
  oneOf,
  optional,
  otherwise,
  recordOf,
  string,
} from './shape.ts';

describe('a shape', () => {
  const shape = object({
    name: string,
    size: count,
    share: nullOr(number),
    kind: oneOf(['a', 'b']),
    tags: listOf(string),
    parts: recordOf(boolean),
    at: optional(mapped(number, (ms) => new Date(ms))),
    code: otherwise(oneOf(['x', 'y']), 'x'),
  });
  const value = { name: 'n', size: 3, share: null, kind: 'b', tags: ['t'], parts: { whisper: true }, code: 'y' };

  it('lets through what it has, and leaves out what it has not', () => {
    expect(shape({ ...value, at: 5, color: 'red' })).toEqual({ ...value, at: new Date(5) });
    expect(Object.keys(shape(value))).not.toContain('at');
  });

  it.each([
    ['a string', { name: 1 }],
    ['a count', { size: -1 }],
    ['a count', { size: 1.5 }],
    ['a number', { share: 'half' }],
    ['one of a, b', { kind: 'c' }],
    ['a string', { tags: [1] }],
    ['a list', { tags: {} }],
    ['true or false', { parts: { whisper: 1 } }],
    ['an object', { parts: [] }],
    ['a number', { at: null }],
    ['a string', { name: undefined }],
  ])('refuses what is not %s: %o', (wanted, wrong) => {
    expect(() => shape({ ...value, ...wrong })).toThrow(`is not ${wanted}`);
  });

  it('takes something else for what is not of it, where it says so', () => {
    expect(shape({ ...value, code: 'z' }).code).toBe('x');
  });

  it('refuses what is no object at all', () => {
    for (const wrong of [null, [], 'text', undefined]) expect(() => shape(wrong)).toThrow('is not an object');
  });
});
