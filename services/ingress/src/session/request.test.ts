import { SttError } from '@verbatim/contracts';
import { describe, expect, it } from 'vitest';
import { MODEL, MODELS } from '../testing/session-harness.ts';
import { parseSessionRequest, specFromRequest } from './request.ts';

const DEFAULTS = {
  encoding: 'linear16',
  sampleRateHertz: 16_000,
  channelCount: 1,
  silenceMs: 500,
  maxUtteranceMs: 15_000,
} as const;

const spec = (input: unknown) => specFromRequest(parseSessionRequest(input), { tenant: 'acme' }, MODELS, DEFAULTS);

const errorOf = (input: unknown): SttError => {
  try {
    spec(input);
  } catch (error) {
    if (error instanceof SttError) return error;
  }
  throw new Error('nothing was refused');
};

describe('a session request', () => {
  it('gets the server’s defaults where it says nothing', () => {
    const { sessionId, ...rest } = spec({});
    expect(sessionId).toMatch(/^s-[A-Za-z0-9_-]{16}$/);
    expect(rest).toEqual({
      ...DEFAULTS,
      tenant: 'acme',
      task: 'transcribe',
      kind: 'live',
      model: MODEL,
      language: null,
      partialResults: true,
      prompt: '',
      overflow: 'block',
    });
  });

  it('means the language, not the region', () => {
    expect(spec({ language: 'en-US' }).language).toBe('en');
    expect(spec({ language: 'de-CH', model: 'whisper-base' }).language).toBe('de');
  });

  it('is for a transcript, unless it asks a model that can to translate', () => {
    expect(spec({}).task).toBe('transcribe');
    expect(spec({ task: 'translate', model: 'whisper-base' }).task).toBe('translate');
  });

  it('may name a model by another name, and a language by the code that it had before', () => {
    const large = { ...MODELS.list[1]!, id: 'whisper-large-v3', aliases: ['whisper-large'], languages: ['en', 'jv'] };
    const models = { default: MODEL, list: [...MODELS.list, large] };
    const request = parseSessionRequest({ model: 'whisper-large', language: 'jw' });
    expect(specFromRequest(request, { tenant: 'acme' }, models, DEFAULTS)).toMatchObject({
      model: 'whisper-large-v3',
      language: 'jv',
    });
    expect(() => specFromRequest({ ...request, model: MODEL }, { tenant: 'acme' }, models, DEFAULTS)).toThrow('"jw"');
  });

  it.each([
    [{ model: 'gpt' }, 'unknown_model', 'model', 'moonshine-tiny, whisper-base'],
    [{ language: 'de' }, 'unknown_language', 'language', 'It knows: en'],
    [{ task: 'translate' }, 'invalid_argument', 'task', 'moonshine-tiny" can\'t translate; it can transcribe'],
    [{ sample_rate_hertz: 1_000_000 }, 'invalid_argument', 'sample_rate_hertz', '1000000'],
    [{ sample_rate_hertz: 'fast' }, 'invalid_argument', 'sample_rate_hertz', '"fast"'],
    [{ session_id: 'a b' }, 'invalid_argument', 'session_id', 'letters, digits'],
    [{ encoding: 'mp3' }, 'invalid_argument', 'encoding', 'linear16'],
    [{ colour: 'red' }, 'invalid_argument', 'colour', 'session_id, model'],
    ['hello', 'invalid_argument', 'config', 'object'],
  ])('%o is refused as %s, naming %s', (input, code, field, words) => {
    const error = errorOf(input);
    expect(error).toMatchObject({ code, field });
    expect(error.message).toContain(words);
  });
});
