import { describe, expect, it } from 'vitest';
import { openaiJson, openaiVerbose, type Transcript } from './index.ts';

const TRANSCRIPT: Transcript = {
  model: 'moonshine-tiny',
  language: 'en',
  durationMs: 8_470,
  segments: [
    {
      id: 1,
      startMs: 255,
      endMs: 1_900,
      text: 'Good evening.',
      language: 'en',
      confidence: 0.5,
      words: [
        { text: 'Good', startMs: 255, endMs: 501, confidence: 0.5 },
        { text: 'evening.', startMs: 501, endMs: 1_900, confidence: 0.5 },
      ],
    },
    { id: 2, startMs: 2_500, endMs: 5_000, text: 'Hello?', language: 'en', confidence: 0 },
  ],
};

const verbose = (granularities: readonly ('segment' | 'word')[], change: Partial<Transcript> = {}) =>
  openaiVerbose({ ...TRANSCRIPT, ...change }, { task: 'transcribe', granularities, temperature: 0.2 });

describe("OpenAI's shapes", () => {
  it('are the text alone', () => {
    expect(openaiJson(TRANSCRIPT)).toEqual({ text: 'Good evening. Hello?' });
  });

  it('are, when verbose, the text with its segments in seconds', () => {
    expect(verbose([])).toEqual({
      task: 'transcribe',
      language: 'english',
      duration: 8.47,
      text: 'Good evening. Hello?',
      segments: [
        {
          id: 0,
          seek: 25,
          start: 0.255,
          end: 1.9,
          text: ' Good evening.',
          tokens: [],
          temperature: 0.2,
          avg_logprob: Math.log(0.5),
          compression_ratio: 13 / 21,
          no_speech_prob: 0,
        },
        expect.objectContaining({ id: 1, seek: 250, text: ' Hello?' }),
      ],
    });
  });

  it('say of a translation that it is one', () => {
    expect(openaiVerbose(TRANSCRIPT, { task: 'translate', granularities: [], temperature: 0 })).toMatchObject({
      ...{ task: 'translate', language: 'english' },
    });
  });

  it('have segments, words or both, as was asked for', () => {
    expect(Object.keys(verbose(['segment']))).not.toContain('words');
    expect(Object.keys(verbose(['word']))).not.toContain('segments');
    expect(verbose(['word', 'segment'])).toMatchObject({
      segments: [{ id: 0 }, { id: 1 }],
      words: [
        { word: 'Good', start: 0.255, end: 0.501 },
        { word: 'evening.', start: 0.501, end: 1.9 },
      ],
    });
  });

  it('are numbers that JSON can hold also where confidence is none', () => {
    expect(JSON.parse(JSON.stringify(verbose([]))).segments[1].avg_logprob).toBeLessThan(-10);
  });

  it('tell repetition by a ratio over the 2.4 at which clients give up', () => {
    const [segment] = TRANSCRIPT.segments;
    const again = { ...segment!, text: 'over and '.repeat(30).trim() };
    expect(verbose([], { segments: [again] }).segments![0]!.compression_ratio).toBeGreaterThan(2.4);
  });

  it.each([
    ['en', 'english'],
    ['en-GB', 'english'],
    ['zh', 'chinese'],
    ['yue', 'cantonese'],
    ['ht', 'haitian creole'],
    ['my', 'myanmar'],
    ['tl', 'tagalog'],
    [null, 'unknown'],
    ['', 'unknown'],
  ])('name the language %s %s', (language, name) => {
    expect(verbose([], { language }).language).toBe(name);
  });
});
