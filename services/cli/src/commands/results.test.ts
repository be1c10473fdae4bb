import type { Final } from '@verbatim/contracts';
import type { Format, Transcript } from '@verbatim/formats';
import { describe, expect, it } from 'vitest';
import { resultsWriter } from './results.ts';

const transcript = (text: string): Transcript => ({
  model: null,
  language: 'en',
  durationMs: 1_000,
  segments: [{ id: 1, startMs: 0, endMs: 1_000, text, language: 'en', confidence: 1 }],
});

const final = (text: string): Final => ({
  type: 'final',
  sequence: 1,
  utterance: 1,
  text,
  confidence: 1,
  start: 0,
  end: 16_000,
  language: 'en',
  reason: 'silence',
});

/** What is written for a.wav ("One."), a broken b.wav and c.wav ("Two."). */
async function written(format: Format, asItComes: boolean, several: boolean): Promise<string> {
  let text = '';
  const results = resultsWriter(
    async (more) => {
      text += more;
    },
    { format, several, asItComes },
  );
  const one = async (file: string, said: string) => {
    await results.begin(file);
    await results.final(final(said));
    await results.done(file, transcript(said));
  };
  await one('a.wav', 'One.');
  if (several) {
    await results.failed('b.wav', 'It is broken.');
    await one('c.wav', 'Two.');
  }
  await results.finish();
  return text;
}

describe('results', () => {
  it('of one file are its text alone, at its end or as it comes', async () => {
    expect(await written('text', false, false)).toBe('One.\n');
    expect(await written('text', true, false)).toBe('One.\n');
  });

  it('of several files stand under their names', async () => {
    expect(await written('text', false, true)).toBe('a.wav:\nOne.\n\nc.wav:\nTwo.\n');
    expect(await written('text', true, true)).toBe('a.wav:\nOne.\n\nc.wav:\nTwo.\n');
  });

  it('as JSON are an object for one file, and an array with the failed ones for several', async () => {
    expect(JSON.parse(await written('json', true, false))).toMatchObject({ file: 'a.wav', text: 'One.' });
    expect(JSON.parse(await written('json', true, true))).toMatchObject([
      { file: 'a.wav', text: 'One.' },
      { file: 'b.wav', error: 'It is broken.' },
      { file: 'c.wav', text: 'Two.' },
    ]);
  });

  it('as JSON are whole when the command is ended before the first', async () => {
    let text = '';
    const results = resultsWriter(
      async (more) => {
        text += more;
      },
      { format: 'json', several: true, asItComes: false },
    );
    await results.finish();
    expect(JSON.parse(text)).toEqual([]);
  });
});
