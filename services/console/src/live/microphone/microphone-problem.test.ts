import { describe, expect, it } from 'vitest';
import { microphoneProblem } from './microphone-problem.ts';

const named = (name: string) => Object.assign(new Error('why'), { name });

describe('microphoneProblem', () => {
  it.each([
    ['NotAllowedError', /Allow it/],
    ['NotFoundError', /no microphone.*Connect one/],
    ['NotReadableError', /another program/],
    ['TypeError', /why/],
  ])('says what to do about a %s', (name, sentence) => {
    expect(microphoneProblem(named(name), true)).toMatch(sentence);
  });

  it('tells of https first, as nothing else helps without it', () => {
    expect(microphoneProblem(new TypeError('mediaDevices is undefined'), false)).toMatch(/https/);
  });
});
