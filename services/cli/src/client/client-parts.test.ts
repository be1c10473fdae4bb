import { describe, expect, it } from 'vitest';
import { UsageError } from '../cli-error.ts';
import { AsyncQueue } from './async-queue.ts';
import { backoffMs } from './backoff.ts';
import { serverAddress } from './server-address.ts';
import { parseEvent } from './wire.ts';

describe('a server address', () => {
  it.each([
    ['ws://localhost:8000', 'ws://localhost:8000/v1/stt/stream?events=all', 'http://localhost:8000/v1/stt/models'],
    ['http://host/', 'ws://host/v1/stt/stream?events=all', 'http://host/v1/stt/models'],
    ['https://host', 'wss://host/v1/stt/stream?events=all', 'https://host/v1/stt/models'],
    ['wss://host/v1/stt/stream', 'wss://host/v1/stt/stream?events=all', 'https://host/v1/stt/models'],
    ['ws://host/a/v1/stt/stream?k=1', 'ws://host/a/v1/stt/stream?k=1&events=all', 'http://host/a/v1/stt/models'],
  ])('%s leads to its doors', (text, stream, models) => {
    const address = serverAddress(text);
    expect([address.stream.href, address.models.href]).toEqual([stream, models]);
  });

  it.each(['localhost:8000', 'ftp://host', '', 'ws://'])('"%s" is none', (text) => {
    expect(() => serverAddress(text)).toThrow(UsageError);
  });
});

describe('waiting before another try', () => {
  it('doubles up to five seconds, less up to a half by chance', () => {
    expect([0, 1, 4, 5, 20].map((attempt) => backoffMs(attempt, 0))).toEqual([250, 500, 4_000, 5_000, 5_000]);
    expect(backoffMs(1, 1)).toBe(250);
  });
});

describe('a queue', () => {
  it('gives what was pushed before it failed, then the error', async () => {
    const queue = new AsyncQueue<number>();
    queue.push(1);
    queue.fail(new Error('broken'));
    queue.push(2);
    const read: number[] = [];
    const reading = (async () => {
      for await (const value of queue) read.push(value);
    })();
    await expect(reading).rejects.toThrow('broken');
    expect(read).toEqual([1]);
  });
});

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
