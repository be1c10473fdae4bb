import type { Partial } from '@verbatim/contracts';
import { describe, expect, it } from 'vitest';
import { SeedShape } from './seed-shape.ts';

const partial = (utterance: number, text: string): Partial => ({
  type: 'partial',
  utterance,
  text,
  stableChars: 0,
  confidence: 0.5,
  start: 8_000,
  end: 24_000,
  language: 'en',
});

describe('SeedShape', () => {
  it.each<[string, [number, string][], string[]]>([
    ['all of a first text', [[1, 'hello']], ['hello']],
    [
      'what is added',
      [
        [1, 'hello'],
        [1, 'hello wor'],
        [1, 'hello world'],
      ],
      ['hello', ' wor', 'ld'],
    ],
    [
      'what stands behind the common beginning of a rewritten text',
      [
        [1, 'ice cream'],
        [1, 'I scream'],
      ],
      ['ice cream', 'I scream'],
    ],
    [
      'nothing for a text that only lost its end',
      [
        [1, 'hello world'],
        [1, 'hello'],
      ],
      ['hello world', ''],
    ],
    [
      'all of the next utterance',
      [
        [1, 'hello'],
        [2, 'hello'],
      ],
      ['hello', 'hello'],
    ],
    [
      'whole characters, also beyond the basic plane',
      [
        [1, '😀'],
        [1, '😁'],
      ],
      ['😀', '😁'],
    ],
  ])('says as new_text %s', (_name, shown, expected) => {
    const shape = new SeedShape('s');
    expect(shown.map(([utterance, text]) => shape.message(partial(utterance, text), 0).new_text)).toEqual(expected);
  });

  it('gives times in milliseconds of audio, and of words too', () => {
    const { stableChars: _, ...fields } = partial(1, 'hi');
    const words = [{ text: 'hi', start: 8_000, end: 16_000, confidence: 0.5 }];
    const message = new SeedShape('s').message({ ...fields, type: 'final', sequence: 1, reason: 'gap', words }, 1_000);
    expect(message).toEqual({
      ...{ type: 'final', session_id: 's', text: 'hi', new_text: 'hi', confidence: 0.5, utterance: 1, language: 'en' },
      ...{ start_ms: 500, end_ms: 1_500, sequence: 1, reason: 'gap', timestamp: '1970-01-01T00:00:01.000Z' },
      words: [{ text: 'hi', start_ms: 500, end_ms: 1_000, confidence: 0.5 }],
    });
  });
});
