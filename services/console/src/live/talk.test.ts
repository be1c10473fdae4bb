import type { ClientEvent } from '@verbatim/client';
import { describe, expect, it } from 'vitest';
import { afterEvent, finalLatencies, median, NOTHING_SAID, type Talk, withNewSession } from './talk.ts';

const final = (sequence: number, start: number, end: number): ClientEvent => ({
  ...{ type: 'final', sequence, utterance: sequence, text: `Text ${sequence}.`, confidence: 0.9, start, end },
  ...{ language: 'en', reason: 'silence', words: [{ text: 'Text', start, end, confidence: 0.9 }] },
});
const partial = (text: string): ClientEvent => ({
  ...{ type: 'partial', utterance: 1, text, stableChars: 2, confidence: 0.8, start: 0, end: 16_000, language: 'en' },
});

/** Plays events that come at given moments; sample s was heard at s / 16 ms. */
const play = (talk: Talk, ...events: readonly (readonly [number, ClientEvent])[]): Talk =>
  events.reduce((so, [now, event]) => afterEvent(so, event, { now, heardAt: (sample) => sample / 16 }), talk);

describe('a talk', () => {
  it('shows an utterance while it is open, and then its final in its place', () => {
    const spoken = play(NOTHING_SAID, [600, { type: 'speech_started', at: 1_600 }], [700, partial('Hel')]);
    expect(spoken).toMatchObject({ open: { text: 'Hel', stableChars: 2, start: 0 }, isSpeaking: true, finals: [] });
    const ended = play(spoken, [2_500, { type: 'speech_ended', at: 32_000 }], [2_600, final(1, 0, 35_200)]);
    expect(ended).toMatchObject({ open: null, isSpeaking: false, finals: [{ text: 'Text 1.' }] });
  });

  it('tells how long its first words took, and its finals from the last sound', () => {
    const talk = play(
      NOTHING_SAID,
      [300, { type: 'speech_started', at: 1_600 }],
      [500, partial('A')],
      [900, partial('A b')],
      [2_500, { type: 'speech_ended', at: 32_000 }],
      [2_560, final(1, 0, 35_200)],
    );
    expect(talk.firstWordsMs).toEqual([400]);
    expect(finalLatencies(talk)).toEqual([560]);
  });

  it('takes a final without partials for the first words, too', () => {
    const talk = play(
      NOTHING_SAID,
      [100, { type: 'speech_started', at: 0 }],
      [800, { type: 'speech_ended', at: 4_000 }],
      [900, final(1, 0, 8_000)],
    );
    expect(talk.firstWordsMs).toEqual([900]);
    expect(finalLatencies(talk)).toEqual([650]);
  });

  it('does not take the words of one utterance for the first words of the next', () => {
    const talk = play(
      NOTHING_SAID,
      [100, { type: 'speech_started', at: 0 }],
      [1_500, { type: 'speech_ended', at: 16_000 }],
      [1_700, { type: 'speech_started', at: 24_000 }],
      [1_800, final(1, 0, 19_200)],
      [2_100, { ...partial('B'), utterance: 2, start: 24_000, end: 32_000 } as ClientEvent],
    );
    expect(talk.firstWordsMs).toEqual([1_800, 600]);
  });

  it('counts no first words for an utterance that had none', () => {
    const talk = play(
      NOTHING_SAID,
      [100, { type: 'speech_started', at: 0 }],
      [900, { type: 'speech_ended', at: 8_000 }],
      [900, { type: 'suppressed', start: 0, end: 11_200, reason: 'no_speech' }],
      [1_700, { type: 'speech_started', at: 24_000 }],
      [3_000, final(1, 24_000, 40_000)],
    );
    expect(talk.firstWordsMs).toEqual([1_500]);
  });

  it('gives each final its own last sound, also where another utterance began before it came', () => {
    const talk = play(
      NOTHING_SAID,
      [1_500, { type: 'speech_ended', at: 16_000 }],
      [1_700, { type: 'speech_started', at: 24_000 }],
      [2_000, final(1, 0, 19_200)],
      [3_500, { type: 'speech_ended', at: 48_000 }],
      [3_600, final(2, 24_000, 51_200)],
    );
    expect(finalLatencies(talk)).toEqual([1_000, 600]);
  });

  it('forgets what was speech to the detector and no word', () => {
    const talk = play(
      NOTHING_SAID,
      [0, partial('Mh')],
      [10, { type: 'speech_ended', at: 8_000 }],
      [20, { type: 'suppressed', start: 0, end: 11_200, reason: 'no_speech' }],
    );
    expect(talk.open).toBeNull();
    expect([talk.session.startedAt, talk.session.endedAt]).toEqual([[], []]);
  });

  it('counts on over sessions', () => {
    const first = play(NOTHING_SAID, [0, final(1, 0, 16_000)], [1, final(2, 16_000, 32_000)]);
    const { finals } = play(withNewSession(first), [2, final(1, 1_600, 8_000)]);
    expect(finals.map(({ sequence, start }) => [sequence, start])).toEqual([
      [1, 0],
      [2, 16_000],
      [3, 33_600],
    ]);
    expect(finals[2]!.words![0]!.start).toBe(33_600);
    expect(play(withNewSession(first), [2, partial('A')]).open?.start).toBe(32_000);
  });

  it('adds up what was lost, and knows that it moved', () => {
    const talk = play(
      NOTHING_SAID,
      [0, { type: 'gap', from: 0, to: 24_000, reason: 'overflow' }],
      [0, { type: 'moved', epoch: 2 }],
    );
    expect(talk).toMatchObject({ lostSeconds: 1.5, moves: 1 });
  });
});

describe('median', () => {
  it('is the middle, or between the two in the middle', () => {
    expect(median([])).toBeNull();
    expect(median([30, 10, 20])).toBe(20);
    expect(median([40, 10, 20, 30])).toBe(25);
  });
});
