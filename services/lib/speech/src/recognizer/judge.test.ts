import { describe, expect, it } from 'vitest';
import type { DecodeResult } from '../engines/engine.ts';
import { confidenceOf, reasonToSuppress } from './judge.ts';

const result = (text: string, over: Partial<DecodeResult> = {}): DecodeResult => ({
  text,
  tokens: new Int32Array(),
  logProbabilities: Float32Array.of(-0.2, -0.2),
  language: 'en',
  truncated: false,
  ...over,
});

describe('reasonToSuppress', () => {
  it('keeps what people say, repeated words included', () => {
    for (const text of [
      'Six.',
      '10',
      'No, no, no, no.',
      'Lobsters and lobsters.',
      'That that is, is; that that is not, is not.',
    ]) {
      expect(reasonToSuppress(result(text)), text).toBeNull();
    }
  });

  it('drops a text without a letter or digit', () => {
    expect(reasonToSuppress(result(' … '))).toBe('empty');
    expect(reasonToSuppress(result(''))).toBe('empty');
  });

  it('drops a text that loops, or that the decoder never ended', () => {
    expect(reasonToSuppress(result('and the lobster '.repeat(12)))).toBe('repetition');
    expect(reasonToSuppress(result('something that', { truncated: true }))).toBe('repetition');
  });

  it('drops a guess', () => {
    expect(reasonToSuppress(result('Oh.', { logProbabilities: Float32Array.of(-2, -0.5) }))).toBe('low_confidence');
  });

  it('keeps a guess of a model that is sure that somebody speaks, and drops it where it is not', () => {
    const guess = { logProbabilities: Float32Array.of(-2, -0.5) };
    expect(reasonToSuppress(result('Oh.', { ...guess, noSpeechProbability: 0.5 }))).toBeNull();
    expect(reasonToSuppress(result('Oh.', { ...guess, noSpeechProbability: 0.7 }))).toBe('no_speech');
  });
});

describe('confidenceOf', () => {
  it('is the geometric mean of the token probabilities', () => {
    const logProbabilities = Float32Array.of(Math.log(0.9), Math.log(0.4));
    expect(confidenceOf(result('hi', { logProbabilities }))).toBeCloseTo(Math.sqrt(0.36), 5);
  });
});
