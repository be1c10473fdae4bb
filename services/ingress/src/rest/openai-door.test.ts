import type { Final } from '@verbatim/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../testing/server-harness.ts';
import { MODEL } from '../testing/session-harness.ts';

const ABLE = 'whisper-base';

/** What every file says. */
const SAID: Final = {
  type: 'final',
  sequence: 1,
  utterance: 1,
  text: 'Good evening.',
  words: [
    { text: 'Good', start: 4_000, end: 8_000, confidence: 0.8 },
    { text: 'evening.', start: 8_000, end: 30_000, confidence: 0.8 },
  ],
  confidence: 0.9,
  start: 4_000,
  end: 32_000,
  language: 'en',
  reason: 'end_of_audio',
};
const WORDS = [
  { word: 'Good', start: 0.25, end: 0.5 },
  { word: 'evening.', start: 0.5, end: 1.875 },
];

let server: TestServer;
const start = async (said: readonly Final[] = [SAID]) => {
  server = await startServer({ said });
};

afterEach(() => server.stop());

type Fields = Readonly<Record<string, string | readonly string[]>>;

const post = (path: 'transcriptions' | 'translations', fields: Fields) => {
  const body = new FormData();
  for (const [name, values] of Object.entries(fields)) for (const value of [values].flat()) body.append(name, value);
  body.append('file', new Blob(['RIFF\0\0\0\0WAVEfmt ']), 'a.wav');
  return fetch(`${server.http}/v1/audio/${path}`, { method: 'POST', body });
};

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const answer = async (path: 'transcriptions' | 'translations', fields: Fields): Promise<Answer> => {
  const response = await post(path, fields);
  return { status: response.status, body: (await response.json()) as Answer['body'] };
};

const VERBOSE = { model: ABLE, response_format: 'verbose_json' };

describe("a transcription for OpenAI's clients", () => {
  it('has times of words where they are asked for, beside its segments or in their place', async () => {
    await start();
    const words = await answer('transcriptions', { ...VERBOSE, 'timestamp_granularities[]': 'word' });
    expect(words).toMatchObject({ status: 200, body: { task: 'transcribe', text: 'Good evening.', words: WORDS } });
    expect(words.body).not.toHaveProperty('segments');
    const both = await answer('transcriptions', { ...VERBOSE, 'timestamp_granularities[]': ['word', 'segment'] });
    expect(both.body).toMatchObject({ words: WORDS, segments: [{ start: 0.25, end: 2 }] });
    expect((await answer('transcriptions', VERBOSE)).body).not.toHaveProperty('words');
  });

  it('has an empty list of words where nothing was said', async () => {
    await start([]);
    const { body } = await answer('transcriptions', { ...VERBOSE, 'timestamp_granularities[]': 'word' });
    expect(body).toMatchObject({ text: '', words: [] });
  });

  it.each([
    ['whisper-1', 'verbose_json', `The model ${MODEL} gives no times of words; ask for those of segments.`],
    [ABLE, 'json', 'Times of words need the response_format verbose_json.'],
  ])('of %s as %s is refused its times of words before any work is done', async (model, response_format, message) => {
    await start();
    const fields = { model, response_format, 'timestamp_granularities[]': 'word' };
    expect(await answer('transcriptions', fields)).toMatchObject({
      status: 400,
      body: { error: { message, param: 'timestamp_granularities', type: 'invalid_request_error' } },
    });
    expect(server.worker?.seen).toEqual([]);
  });

  it('passes on its language and its prompt, of which the end counts', async () => {
    await start();
    await answer('transcriptions', { model: ABLE, language: 'de', prompt: 'Zürich' });
    const long = Array.from({ length: 600 }, (_, i) => `word${i}`).join(' ');
    await answer('transcriptions', { model: ABLE, prompt: long });
    const emoji = '😀'.repeat(600);
    await answer('transcriptions', { model: ABLE, prompt: `a${emoji}a` });
    const [short, cut, pairs] = server.worker!.seen;
    expect(short).toMatchObject({ model: ABLE, task: 'transcribe', language: 'de', prompt: 'Zürich' });
    expect(cut!.prompt).toMatch(/^word\d+ .* word599$/);
    expect(cut!.prompt.length).toBeGreaterThan(980);
    expect(pairs!.prompt).toBe(`${'😀'.repeat(499)}a`);
  });

  it('takes a temperature, tells it, and changes nothing for it', async () => {
    await start();
    const { body } = await answer('transcriptions', { ...VERBOSE, temperature: '0.6' });
    expect(body).toMatchObject({ text: 'Good evening.', segments: [{ temperature: 0.6 }] });
    const wrong = await answer('transcriptions', { ...VERBOSE, temperature: '2' });
    expect(wrong).toMatchObject({ status: 400, body: { error: { param: 'temperature' } } });
  });
});

describe("a translation for OpenAI's clients", () => {
  it('is English, and says that it is one', async () => {
    await start();
    expect(await answer('translations', { model: ABLE })).toEqual({ status: 200, body: { text: 'Good evening.' } });
    expect((await answer('translations', VERBOSE)).body).toMatchObject({
      ...{ task: 'translate', language: 'english', duration: 2, text: 'Good evening.' },
      segments: [{ text: ' Good evening.' }],
    });
    expect(await (await post('translations', { model: ABLE, response_format: 'srt' })).text()).toContain(' --> ');
    expect(server.worker?.seen.map(({ task }) => task)).toEqual(['translate', 'translate', 'translate']);
  });

  it('of which nothing was said is English all the same', async () => {
    await start([]);
    expect((await answer('translations', { ...VERBOSE, language: 'de' })).body).toMatchObject({ language: 'english' });
  });

  it('is refused by a model that can not, with its name', async () => {
    await start();
    expect(await answer('translations', { model: 'whisper-1' })).toMatchObject({
      status: 400,
      body: { error: { message: `Model "${MODEL}" can't translate; it can transcribe.`, param: 'task' } },
    });
  });
});

describe("the models for OpenAI's clients", () => {
  it('tell what they can', async () => {
    await start();
    const models = (await (await fetch(`${server.http}/v1/models`)).json()) as object;
    const able = { id: ABLE, object: 'model', tasks: ['transcribe', 'translate'], word_times: true, languages: [] };
    expect(models).toMatchObject({
      data: [{ id: MODEL, tasks: ['transcribe'], word_times: false, languages: ['en'] }, able],
    });
    expect(await (await fetch(`${server.http}/v1/models/${ABLE}`)).json()).toMatchObject(able);
    const unknown = await fetch(`${server.http}/v1/models/gpt-9`);
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: { code: 'unknown_model' } }]);
  });
});
