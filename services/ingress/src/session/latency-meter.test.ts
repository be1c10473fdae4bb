import type { SessionEvent } from '@verbatim/contracts';
import { describe, expect, it } from 'vitest';
import { LatencyMeter } from './latency-meter.ts';

const final = (start: number, end: number): SessionEvent => ({
  ...{ type: 'final', sequence: 1, utterance: 1, text: 'a', confidence: 1, start, end, language: 'en' },
  reason: 'silence',
});
const partial: SessionEvent = {
  ...{ type: 'partial', utterance: 1, text: 'a', stableChars: 0, confidence: 1, start: 0, end: 1, language: 'en' },
};

/** A meter whose audio comes in chunks of 100 ms at real-time pace, the first at 100 ms. */
function meter(seconds: number) {
  const waits: [string, number][] = [];
  const receives: number[] = [];
  const one = new LatencyMeter(0);
  for (let chunk = 1; chunk <= seconds * 10; chunk++) {
    one.received(chunk * 1_600, chunk * 100);
    one.logged(chunk * 1_600, chunk * 100 + 3);
  }
  const deliver = (...events: readonly (readonly [number, SessionEvent])[]) => {
    for (const wait of events.flatMap(([now, event]) => one.delivered(event, now))) {
      waits.push([wait.type, wait.to - wait.from]);
      if (wait.type === 'final') receives.push(wait.receive.to - wait.receive.from);
    }
  };
  return { waits, receives, deliver };
}

describe('LatencyMeter', () => {
  it('counts from when the sound came in to when its text goes out', () => {
    const { waits, receives, deliver } = meter(4);
    deliver(
      [700, { type: 'speech_started', at: 4_000 }],
      [800, partial],
      [900, partial],
      [2_600, { type: 'speech_ended', at: 32_000 }],
      [2_650, final(0, 35_200)],
    );
    expect(waits).toEqual([
      ['first_partial', 500],
      ['final', 650],
    ]);
    expect(receives).toEqual([3]);
  });

  it('takes a final without partials for the first words', () => {
    const { waits, deliver } = meter(2);
    deliver(
      [300, { type: 'speech_started', at: 0 }],
      [800, { type: 'speech_ended', at: 4_000 }],
      [900, final(0, 8_000)],
    );
    expect(waits).toEqual([
      ['first_partial', 800],
      ['final', 600],
    ]);
  });

  it('keeps the first words of an utterance apart from a final that comes late', () => {
    const { waits, deliver } = meter(2);
    deliver(
      [300, { type: 'speech_started', at: 0 }],
      [1_100, { type: 'speech_ended', at: 7_000 }],
      [1_150, { type: 'speech_started', at: 16_000 }],
      [1_200, final(0, 8_000)],
      [1_300, partial],
    );
    expect(waits).toEqual([
      ['final', 700],
      ['first_partial', 200],
    ]);
  });

  it('says nothing of what was speech to the detector and no word', () => {
    const { waits, deliver } = meter(2);
    deliver(
      [300, { type: 'speech_started', at: 0 }],
      [900, { type: 'speech_ended', at: 8_000 }],
      [950, { type: 'suppressed', start: 0, end: 9_600, reason: 'no_speech' }],
      [1_900, final(9_600, 20_000)],
    );
    expect(waits).toEqual([]);
  });

  it('remembers a minute, and says nothing of what is older', () => {
    const { waits, deliver } = meter(300);
    deliver([300_100, { type: 'speech_started', at: 299 * 16_000 }], [300_200, partial]);
    deliver([300_300, { type: 'speech_ended', at: 290 * 16_000 }], [300_400, final(289 * 16_000, 291 * 16_000)]);
    expect(waits.map(([, ms]) => ms)).toEqual([1_100, 10_400]);
  });

  it('says nothing of audio that another door took in', () => {
    const resumed = new LatencyMeter(32_000);
    resumed.received(33_600, 40);
    expect(resumed.delivered({ type: 'speech_started', at: 16_000 }, 50)).toEqual([]);
    expect(resumed.delivered(partial, 60)).toEqual([]);
  });
});
