import type { Final } from '@verbatim/contracts';
import { describe, expect, it } from 'vitest';
import { FORMATTERS, jsonTranscript, type Segment, type Transcript, transcriptOf } from './index.ts';
import { timestamp } from './timestamp.ts';

const segment = (id: number, startMs: number, endMs: number, text: string): Segment => ({
  id,
  startMs,
  endMs,
  text,
  language: 'en',
  confidence: 0.91234,
});

const transcript = (...segments: Segment[]): Transcript => ({
  model: 'moonshine-tiny',
  language: 'en',
  durationMs: 12_345,
  segments,
});

const GREETING = segment(1, 250, 1_900, 'Good evening, everyone.');
const QUESTION = segment(2, 2_500, 5_000, 'Can you hear me?');

describe('a transcript', () => {
  const final: Final = {
    type: 'final',
    sequence: 1,
    utterance: 1,
    text: ' Good evening. ',
    words: [{ text: 'Good', start: 16_000, end: 24_008, confidence: 0.5 }],
    confidence: 0.9,
    start: 16_000,
    end: 32_000,
    language: 'en',
    reason: 'silence',
  };

  it('holds its finals with times in milliseconds, and the language that they name', () => {
    expect(transcriptOf([final], { model: 'm', language: null, audioSeconds: 2.00049 })).toEqual({
      model: 'm',
      language: 'en',
      durationMs: 2_000,
      segments: [
        {
          id: 1,
          startMs: 1_000,
          endMs: 2_000,
          text: 'Good evening.',
          language: 'en',
          confidence: 0.9,
          words: [{ text: 'Good', startMs: 1_000, endMs: 1_501, confidence: 0.5 }],
        },
      ],
    });
  });

  it('is in the language of most of its speech, and its segments in their own', () => {
    const spoken = (language: string, seconds: number): Final => ({ ...final, language, end: (1 + seconds) * 16_000 });
    const facts = { model: null, language: null, audioSeconds: 9 };
    const languages = (...finals: Final[]) => {
      const { language, segments } = transcriptOf(finals, facts);
      return [language, segments.map((segment) => segment.language)];
    };
    expect(languages(spoken('en', 2), spoken('de', 3))).toEqual(['de', ['en', 'de']]);
    expect(languages(spoken('en', 2), spoken('de', 3), spoken('en', 2))).toEqual(['en', ['en', 'de', 'en']]);
    expect(languages(spoken('fr', 2), spoken('en', 2))[0]).toBe('fr');
  });

  it('leaves out finals without text, and keeps the language that was asked for where nothing was said', () => {
    const facts = { model: null, language: 'de', audioSeconds: 1 };
    expect(transcriptOf([{ ...final, text: ' ' }], facts)).toMatchObject({ segments: [], language: 'de' });
  });
});

describe('text', () => {
  it('is one line while pauses are short', () => {
    expect(FORMATTERS.text(transcript(GREETING, QUESTION))).toBe('Good evening, everyone. Can you hear me?\n');
  });

  it('begins a new line behind a pause of two seconds', () => {
    const late = segment(3, 7_000, 8_000, 'Good.');
    expect(FORMATTERS.text(transcript(GREETING, QUESTION, late))).toMatch(/hear me\?\nGood\.\n$/);
  });

  it('is empty where nothing was said', () => {
    expect(FORMATTERS.text(transcript())).toBe('');
  });
});

describe('JSON', () => {
  it('gives seconds with milliseconds, and the text as a whole', () => {
    expect(jsonTranscript(transcript(GREETING, QUESTION))).toEqual({
      model: 'moonshine-tiny',
      language: 'en',
      duration: 12.345,
      text: 'Good evening, everyone. Can you hear me?',
      segments: [
        { id: 1, start: 0.25, end: 1.9, text: 'Good evening, everyone.', language: 'en', confidence: 0.912 },
        { id: 2, start: 2.5, end: 5, text: 'Can you hear me?', language: 'en', confidence: 0.912 },
      ],
    });
  });

  it('gives words where the engine has them', () => {
    const words = [{ text: 'Good', startMs: 250, endMs: 501, confidence: 0.5 }];
    expect(jsonTranscript(transcript({ ...GREETING, words })).segments[0]?.words).toEqual([
      { text: 'Good', start: 0.25, end: 0.501, confidence: 0.5 },
    ]);
  });
});

describe('SRT and WebVTT', () => {
  it('SRT numbers its cues and writes a comma before the milliseconds', () => {
    expect(FORMATTERS.srt(transcript(GREETING, QUESTION))).toBe(
      '1\n00:00:00,250 --> 00:00:01,900\nGood evening, everyone.\n\n2\n00:00:02,500 --> 00:00:05,000\nCan you hear me?\n',
    );
  });

  it('WebVTT begins with its name and escapes what it would take for markup', () => {
    expect(FORMATTERS.vtt(transcript(segment(1, 0, 2_000, 'a < b & c --> d')))).toBe(
      'WEBVTT\n\n00:00:00.000 --> 00:00:02.000\na &lt; b &amp; c --&gt; d\n',
    );
  });

  it('both are valid where nothing was said', () => {
    expect(FORMATTERS.srt(transcript())).toBe('');
    expect(FORMATTERS.vtt(transcript())).toBe('WEBVTT\n');
  });

  it.each([
    [0, '00:00:00,000'],
    [59_999.6, '00:01:00,000'],
    [3_723_004, '01:02:03,004'],
    [360_000_000, '100:00:00,000'],
  ])('writes %d ms as %s', (ms, written) => {
    expect(timestamp(ms, ',')).toBe(written);
  });
});
