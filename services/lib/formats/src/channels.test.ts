import type { Final } from '@verbatim/contracts';
import { describe, expect, it } from 'vitest';
import { FORMATTERS, jsonTranscript, transcriptOfChannels } from './index.ts';

const final = (startSeconds: number, endSeconds: number, text: string): Final => ({
  type: 'final',
  sequence: 1,
  utterance: 1,
  text,
  confidence: 0.9,
  start: startSeconds * 16_000,
  end: endSeconds * 16_000,
  language: 'en',
  reason: 'silence',
});

const FACTS = { model: 'm', language: null, audioSeconds: 20 };

/** Two people: the second agrees while the first still talks. */
const CALL = transcriptOfChannels(
  [
    {
      label: 'Agent',
      finals: [final(0, 2, 'Good evening.'), final(2.5, 6, 'You called about your bill.'), final(9, 10, 'I see.')],
    },
    { label: 'Caller', finals: [final(5, 6.5, 'That is right.'), final(7, 8.5, ' '), final(7, 8.5, 'It is wrong.')] },
  ],
  FACTS,
);

describe('a transcript of channels', () => {
  it('holds the finals of all in the order in which they begin, counted from 1', () => {
    expect(CALL.segments.map(({ id, channel, startMs, text }) => [id, channel, startMs, text])).toEqual([
      [1, 'Agent', 0, 'Good evening.'],
      [2, 'Agent', 2_500, 'You called about your bill.'],
      [3, 'Caller', 5_000, 'That is right.'],
      [4, 'Caller', 7_000, 'It is wrong.'],
      [5, 'Agent', 9_000, 'I see.'],
    ]);
    expect(CALL).toMatchObject({ model: 'm', language: 'en', durationMs: 20_000 });
  });

  it('keeps the order of the channels where two begin at once', () => {
    const both = ['Right', 'Left'].map((label) => ({ label, finals: [final(1, 2, 'Hello.')] }));
    expect(transcriptOfChannels(both, FACTS).segments.map(({ channel }) => channel)).toEqual(['Right', 'Left']);
  });

  it('is one paragraph for each turn as text', () => {
    expect(FORMATTERS.text(CALL)).toBe(
      'Agent: Good evening. You called about your bill.\nCaller: That is right. It is wrong.\nAgent: I see.\n',
    );
  });

  it('names the channel of each segment in JSON', () => {
    expect(jsonTranscript(CALL).segments[2]).toEqual({
      id: 3,
      channel: 'Caller',
      start: 5,
      end: 6.5,
      text: 'That is right.',
      language: 'en',
      confidence: 0.9,
    });
  });

  it('names the speaker in SRT where it changes, and overlaps nothing', () => {
    expect(FORMATTERS.srt(CALL)).toBe(
      [
        '1\n00:00:00,000 --> 00:00:02,000\nAgent: Good evening.\n',
        '2\n00:00:02,500 --> 00:00:04,916\nYou called about your bill.\n',
        '3\n00:00:05,000 --> 00:00:06,500\nCaller: That is right.\n',
        '4\n00:00:07,000 --> 00:00:08,500\nIt is wrong.\n',
        '5\n00:00:09,000 --> 00:00:10,000\nAgent: I see.\n',
      ].join('\n'),
    );
  });

  it('keeps the lines of SRT at 42 characters with their label, and cuts long labels', () => {
    const said =
      'When the lights went out, nobody moved, and the musicians went on playing as if nothing had happened.';
    const label = 'Conductor of the orchestra';
    const srt = FORMATTERS.srt(transcriptOfChannels([{ label, finals: [final(0, 8, said)] }], FACTS));
    expect(srt).toMatch(/^1\n.*\nConductor of th…: When the\n/);
    for (const line of srt.split('\n')) expect(line.length).toBeLessThanOrEqual(42);
  });

  it('is voices in WebVTT, beside each other where both speak', () => {
    expect(FORMATTERS.vtt(CALL)).toContain(
      '00:00:02.500 --> 00:00:06.000\n<v Agent>You called about your bill.</v>\n\n' +
        '00:00:05.000 --> 00:00:06.500\n<v Caller>That is right.</v>\n',
    );
  });

  it('escapes labels in WebVTT, which must stay on one line', () => {
    const label = ' A&B\n<--> ';
    const vtt = FORMATTERS.vtt(transcriptOfChannels([{ label, finals: [final(0, 2, 'Yes.')] }], FACTS));
    expect(vtt).toContain('\n<v A&amp;B &lt;--&gt;>Yes.</v>\n');
  });

  it('shows no label where a channel has none', () => {
    const plain = transcriptOfChannels([{ label: '', finals: [final(0, 2, 'Yes.')] }], FACTS);
    expect(FORMATTERS.text(plain)).toBe('Yes.\n');
    expect(FORMATTERS.srt(plain)).toMatch(/\nYes\.\n$/);
    expect(FORMATTERS.vtt(plain)).toMatch(/\nYes\.\n$/);
  });
});
