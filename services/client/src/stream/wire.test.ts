import { describe, expect, it } from 'vitest';
import { parseEvent } from './wire.ts';

describe("the server's messages", () => {
  const parse = (message: object) => parseEvent(JSON.stringify(message));

  it('become events, with times in samples', () => {
    const common = { session_id: 's', timestamp: '2026-01-01T00:00:00.000Z', new_text: 'Yes.' };
    const timed = { utterance: 2, text: 'Yes.', confidence: 0.5, language: 'en' };
    const wire = { ...common, ...timed, start_ms: 1_000, end_ms: 1_500 };
    const words = [{ text: 'Yes.', start_ms: 1_000, end_ms: 1_500, confidence: 0.5 }];
    expect(parse({ ...wire, type: 'partial', stable_chars: 3 })).toEqual({
      ...timed,
      type: 'partial',
      stableChars: 3,
      start: 16_000,
      end: 24_000,
    });
    expect(parse({ ...wire, type: 'final', sequence: 1, reason: 'silence', words })).toEqual({
      ...timed,
      type: 'final',
      sequence: 1,
      reason: 'silence',
      start: 16_000,
      end: 24_000,
      words: [{ text: 'Yes.', start: 16_000, end: 24_000, confidence: 0.5 }],
    });
    expect(parse({ type: 'opened', session_id: 's', resume_token: 't', next_sample: 7 })).toEqual({
      type: 'opened',
      sessionId: 's',
      resumeToken: 't',
      nextSample: 7,
    });
  });

  it('of a type that this version does not know count for nothing', () => {
    expect(parse({ type: 'weather', text: 'rain' })).toBeNull();
  });

  it('with an error code of a newer server keep their sentence', () => {
    expect(parse({ type: 'error', code: 'too_loud', message: 'Speak softly.', recoverable: true })).toEqual({
      type: 'error',
      code: 'internal',
      message: 'Speak softly.',
      recoverable: true,
    });
  });

  it.each(['hello', '[]', '{"type":"final"}'])('%s is none of the protocol', (text) => {
    expect(() => parseEvent(text)).toThrow('not of the Verbatim protocol');
  });
});
