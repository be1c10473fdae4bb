import type { JsonSegment } from '@verbatim/formats';
import { describe, expect, it } from 'vitest';
import { heardAt, tracksOf } from './track.ts';

const segment = (id: number, start: number, end: number, more: Partial<JsonSegment> = {}): JsonSegment => ({
  id,
  start,
  end,
  text: 'One two.',
  language: 'en',
  confidence: 1,
  ...more,
});

const word = (text: string, start: number, end: number) => ({ text, start, end, confidence: 1 });

/** Segment and word that are heard at a time, of each channel. */
const heard = (segments: readonly JsonSegment[], seconds: number) =>
  [...tracksOf(segments).values()].map((track) => {
    const spoken = track[heardAt(track, seconds)];
    return spoken === undefined ? null : [spoken.segment, spoken.word];
  });

describe('what is heard', () => {
  const TALK = [
    segment(1, 1, 2, { words: [word('One', 1, 1.3), word('two.', 1.5, 2)] }),
    segment(2, 5, 6, { words: [word('Three.', 5, 6)] }),
  ];

  it('is nothing before the first word and in a longer pause', () => {
    expect([0, 0.99, 3, 4.99, 60].map((seconds) => heard(TALK, seconds))).toEqual(Array(5).fill([null]));
  });

  it('is a word from its beginning until the next one', () => {
    expect([1, 1.29, 1.45, 1.5, 2.2].map((seconds) => heard(TALK, seconds)[0])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 1],
      [0, 1],
    ]);
    expect(heard(TALK, 5)).toEqual([[1, 0]]);
  });

  it('is a segment where words have no times', () => {
    expect(heard([segment(1, 1, 2), segment(2, 5, 6)], 5.5)).toEqual([[1, null]]);
  });

  it('is one for each channel where people talk at the same time', () => {
    const call = [
      segment(1, 0, 9, { channel: 'Agent' }),
      segment(2, 4, 5, { channel: 'Caller' }),
      segment(3, 10, 11, { channel: 'Agent' }),
    ];
    expect(heard(call, 4.5)).toEqual([
      [0, null],
      [1, null],
    ]);
    expect(heard(call, 8)).toEqual([[0, null], null]);
  });

  it('is found in a long recording at every word', () => {
    const words = Array.from({ length: 20_000 }, (_, index) => word(`w${index}`, index * 0.5, index * 0.5 + 0.4));
    const [track = []] = tracksOf([segment(1, 0, 10_000, { words })]).values();
    for (const index of [0, 1, 9_999, 10_000, 19_998, 19_999]) expect(heardAt(track, index * 0.5 + 0.1)).toBe(index);
  });

  it('is nothing where nothing was said', () => {
    expect(heardAt([], 1)).toBe(-1);
  });
});
