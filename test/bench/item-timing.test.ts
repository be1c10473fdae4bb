import { describe, expect, it } from 'vitest';
import { timeItem } from './item-timing.ts';
import type { Heard } from './server-events.ts';
import { singleTrack } from './track.ts';

const clip = {
  ...{ id: 'clip', set: 'set', text: 'hello', seconds: 1 },
  pcm16: new Int16Array(16_000).fill(1000),
  bounds: { start: 1_600, end: 14_400 },
};
/** Speech from 600 ms to 1400 ms of a track of 3 s. */
const item = singleTrack(clip, 500, 1_500, 1).items[0]!;
const STARTED = 10_000;

const at = (ms: number, type: 'partial' | 'final', text: string, [start_ms, end_ms] = [500, 1_500]): Heard => ({
  at: STARTED + ms,
  message:
    type === 'partial'
      ? { type, text, utterance: 1, stable_chars: 0, start_ms: start_ms!, end_ms: end_ms! }
      : { type, text, utterance: 1, reason: 'silence', start_ms: start_ms!, end_ms: end_ms! },
});

describe('timeItem', () => {
  it('counts from the moments at which speech starts and ends at the microphone', () => {
    const heard = [at(950, 'partial', 'hel'), at(1_200, 'partial', 'hello'), at(1_920, 'final', 'Hello.')];
    const expected = { firstTextMs: 350, firstTextIsFinal: false, finalMs: 520, partials: 2, text: 'Hello.' };
    expect(timeItem(heard, item, STARTED)).toEqual(expected);
  });

  it('takes the last final of a clip that was several utterances', () => {
    const heard = [at(1_000, 'final', 'Hel', [500, 800]), at(1_900, 'final', 'lo.', [900, 1_500])];
    expect(timeItem(heard, item, STARTED)).toMatchObject({ finalMs: 500, text: 'Hel lo.' });
  });

  it('says so when the first text was the final', () => {
    const heard = [at(1_900, 'final', 'Hello.')];
    expect(timeItem(heard, item, STARTED)).toMatchObject({ firstTextMs: 1_300, firstTextIsFinal: true, partials: 0 });
  });

  it('leaves out empty partials and the text of other items', () => {
    const heard = [at(700, 'partial', ''), at(5_000, 'final', 'Later.', [4_000, 5_000])];
    expect(timeItem(heard, item, STARTED)).toMatchObject({ firstTextMs: null, finalMs: null, text: '' });
  });
});
