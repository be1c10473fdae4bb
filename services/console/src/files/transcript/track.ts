import type { JsonSegment } from '@verbatim/formats';

/** A word with its time, or a whole segment where the model gives no times of words. Seconds. */
export interface Spoken {
  /** Index in the transcript. */
  readonly segment: number;
  /** Index in the segment; null: the whole of it. */
  readonly word: number | null;
  readonly start: number;
  readonly end: number;
}

/** What is said on one channel, in the order in which it begins. */
export type Track = readonly Spoken[];

/** A word stays lit until the next one if that follows soon: light that flickers distracts. Seconds. */
const LINGER = 0.4;

/** The tracks of a transcript: one, or one for each channel that was transcribed apart, as people talk at the same time. */
export const tracksOf = (segments: readonly JsonSegment[]): ReadonlyMap<string | undefined, Track> => {
  const channels = new Map<string | undefined, Spoken[]>();
  for (const [index, segment] of segments.entries()) {
    const track = channels.get(segment.channel) ?? [];
    channels.set(segment.channel, track);
    track.push(...spokenIn(segment, index));
  }
  for (const track of channels.values()) track.sort((one, other) => one.start - other.start);
  return channels;
};

const spokenIn = ({ words, start, end }: JsonSegment, segment: number): Spoken[] =>
  words === undefined || words.length === 0
    ? [{ segment, word: null, start, end }]
    : words.map((word, index) => ({ segment, word: index, start: word.start, end: word.end }));

/** Index in `track` of what is heard at `seconds`; -1 in a pause. By halving: a long recording has ten thousands of words. */
export const heardAt = (track: Track, seconds: number): number => {
  let low = 0;
  let high = track.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (track[middle]!.start <= seconds) low = middle + 1;
    else high = middle;
  }
  const last = track[low - 1];
  return last !== undefined && seconds < last.end + LINGER ? low - 1 : -1;
};
