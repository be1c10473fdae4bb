import { describe, expect, it } from 'vitest';
import type { Clip } from './corpus.ts';
import { mixedTrack, singleTrack } from './track.ts';

const SECOND = 16_000;
const bytes = (pcm16: Int16Array) => Buffer.from(pcm16.buffer, pcm16.byteOffset, pcm16.byteLength);

/** A clip of constant samples with a tenth of a second of quiet at each end. */
const clip = (id: string, seconds: number): Clip => {
  const length = seconds * SECOND;
  const pcm16 = new Int16Array(length).fill(1000);
  return { id, set: 'set', text: id, pcm16, seconds, bounds: { start: 1_600, end: length - 1_600 } };
};
const clips = [clip('a', 2), clip('b', 3), clip('c', 5), clip('d', 4)];
const options = { seconds: 60, speechShare: 0.5, seed: 1 };

describe('mixedTrack', () => {
  it('is as long as asked for and speaks for about the share asked for', () => {
    const track = mixedTrack(clips, options);
    expect(Math.abs(track.pcm16.length - 60 * SECOND)).toBeLessThan(track.items.length + 2);
    expect(track.speechShare).toBeGreaterThan(0.45);
    expect(track.speechShare).toBeLessThanOrEqual(0.5);
  });

  it('keeps pauses long enough to end an utterance', () => {
    const { items } = mixedTrack(clips, { ...options, speechShare: 0.9 });
    const pauses = items.slice(1).map(({ speechStart }, index) => speechStart - items[index]!.speechEnd);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(1.2 * SECOND);
  });

  it('puts each clip where its item says', () => {
    const { pcm16, items } = mixedTrack(clips, options);
    for (const { clip, speechStart, speechEnd } of items) {
      const start = speechStart - clip.bounds.start;
      expect(bytes(pcm16.subarray(start, start + clip.pcm16.length)).equals(bytes(clip.pcm16))).toBe(true);
      expect(speechEnd - speechStart).toBe(clip.bounds.end - clip.bounds.start);
    }
  });

  it('gives every moment to one item', () => {
    const { pcm16, items } = mixedTrack(clips, options);
    expect(items[0]!.from).toBe(0);
    for (const [index, item] of items.slice(1).entries()) expect(item.from).toBe(items[index]!.to);
    expect(items.at(-1)!.to).toBe(pcm16.length);
  });

  it('is the same for the same seed and another for another', () => {
    expect(bytes(mixedTrack(clips, options).pcm16).equals(bytes(mixedTrack(clips, options).pcm16))).toBe(true);
    const starts = (seed: number) =>
      mixedTrack(clips, { ...options, seed }).items.map(({ speechStart }) => speechStart);
    expect(starts(2)).not.toEqual(starts(1));
  });
});

describe('singleTrack', () => {
  it('puts the pauses before and after the clip', () => {
    const { pcm16, items } = singleTrack(clips[0]!, 500, 1_500, 1);
    expect(pcm16.length).toBe(4 * SECOND);
    expect(items[0]).toMatchObject({ from: 0, to: 4 * SECOND, speechStart: 9_600, speechEnd: 2.4 * SECOND });
  });
});
