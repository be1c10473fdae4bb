import { describe, expect, it } from 'vitest';
import type { SaidFinal } from './talk.ts';
import { talkAs, talkName } from './transcript-files.ts';

const final = (sequence: number, text: string, start: number): SaidFinal => ({
  ...{ type: 'final', sequence, utterance: sequence, text, confidence: 0.9, start, end: start + 16_000 },
  ...{ language: 'en', reason: 'silence', latencyMs: 500 },
});
const said = [final(1, 'One.', 0), final(2, 'Two.', 32_000)];

describe('a talk as a file', () => {
  it('is text, subtitles or JSON', () => {
    expect(talkAs(said, 'text')).toMatch(/One\.\s+Two\./);
    expect(talkAs(said, 'srt')).toContain('2\n00:00:02,000 --> 00:00:03,000\nTwo.');
    expect(talkAs(said, 'vtt')).toMatch(/^WEBVTT/);
    expect(JSON.parse(talkAs(said, 'json'))).toMatchObject({ duration: 3, segments: [{ text: 'One.' }, { start: 2 }] });
  });

  it('is named after when it was kept', () => {
    expect(talkName(new Date(2026, 10, 6, 9, 5))).toBe('Talk 2026-11-06 09.05');
  });
});
