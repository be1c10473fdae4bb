import { describe, expect, it } from 'vitest';
import { WINDOW_SAMPLES } from '../audio-window.ts';
import { type EndpointEvent, Endpointer, endpointerOptions } from './endpointer.ts';

const rolls = { preRollMs: 300, postRollMs: 200 };
const options = endpointerOptions({ silenceMs: 500, maxUtteranceMs: 15_000 }, rolls);
const SPEECH = [0.9, -20] as const;
const SILENCE = [0.05, -60] as const;
const DOUBT = [0.42, -40] as const;

const frames = (power: number) => [power, power, power, power];

/** Feeds `[probability, power] × windows` and returns all events with the window they came at. */
function play(endpointer: Endpointer, ...script: (readonly [readonly [number, number], number])[]) {
  const events: (EndpointEvent & { window: number })[] = [];
  for (const [[probability, power], windows] of script) {
    for (let i = 0; i < windows; i++) {
      for (const event of endpointer.step(probability, frames(power))) {
        events.push({ ...event, window: endpointer.position / WINDOW_SAMPLES });
      }
    }
  }
  return events;
}

describe('Endpointer', () => {
  it('opens an utterance a pre-roll before its second window of speech, and ends it after the silence threshold', () => {
    const events = play(new Endpointer(options), [SILENCE, 20], [SPEECH, 30], [SILENCE, 20]);
    expect(events).toEqual([
      { type: 'started', number: 1, start: 20 * 512 - 4800, at: 20 * 512, continued: false, window: 22 },
      { type: 'paused', utterance: { number: 1, start: 5440, end: 50 * 512 + 3200 }, window: 57 },
      {
        type: 'ended',
        utterance: { number: 1, start: 5440, end: 28_800 },
        lastSound: 50 * 512,
        reason: 'silence',
        window: 66,
      },
    ]);
  });

  it('counts the silence from the last sound where the detector is slow to let go, but no more than 128 ms before it', () => {
    const afterglow = [0.9, -70] as const;
    const ends = (windows: number) =>
      play(new Endpointer(options), [SPEECH, 30], [afterglow, windows], [SILENCE, 20]).find((e) => e.type === 'ended');
    expect(ends(0)).toMatchObject({ window: 46, utterance: { end: 30 * 512 + 3_200 } });
    expect(ends(4)).toMatchObject({ window: 46, utterance: { end: 34 * 512 + 3_200 } });
    expect(ends(10)).toMatchObject({ window: 52 });
  });

  it('never ends an utterance past the audio it has seen', () => {
    for (const silenceMs of [100, 160, 250, 1_000]) {
      const short = endpointerOptions({ silenceMs, maxUtteranceMs: 15_000 }, rolls);
      for (const event of play(new Endpointer(short), [SPEECH, 30], [[0.9, -70], 5], [SILENCE, 60])) {
        if ('utterance' in event) expect(event.utterance.end).toBeLessThanOrEqual(event.window * 512);
      }
    }
  });

  it('does not open for one window of speech: a click', () => {
    expect(play(new Endpointer(options), [SILENCE, 5], [SPEECH, 1], [SILENCE, 5])).toEqual([]);
  });

  it('discards what holds too little speech for a word', () => {
    const events = play(new Endpointer(options), [SILENCE, 5], [SPEECH, 3], [SILENCE, 20]);
    expect(events.map((event) => event.type)).toEqual(['started', 'paused', 'discarded']);
  });

  it('goes on through a pause that is shorter than the threshold', () => {
    const events = play(new Endpointer(options), [SPEECH, 10], [SILENCE, 10], [SPEECH, 10], [SILENCE, 16]);
    expect(events.map((event) => event.type)).toEqual(['started', 'paused', 'resumed', 'paused', 'ended']);
  });

  it('keeps what was on between the two thresholds: doubt neither opens nor silences', () => {
    expect(play(new Endpointer(options), [DOUBT, 50])).toEqual([]);
    const events = play(new Endpointer(options), [SPEECH, 10], [DOUBT, 50]);
    expect(events.map((event) => event.type)).toEqual(['started']);
  });

  it('counts silence through doubt once silence has begun', () => {
    const events = play(new Endpointer(options), [SPEECH, 10], [SILENCE, 1], [DOUBT, 16]);
    expect(events.at(-1)).toMatchObject({ type: 'ended', window: 26 });
  });

  it('does not reach back into the utterance before for its pre-roll', () => {
    const short = endpointerOptions({ silenceMs: 100, maxUtteranceMs: 15_000 }, rolls);
    const events = play(new Endpointer(short), [SPEECH, 10], [SILENCE, 4], [SPEECH, 10]);
    const [ended, started] = [events.find((e) => e.type === 'ended'), events.filter((e) => e.type === 'started')[1]];
    expect(started?.start).toBe(ended?.utterance.end);
  });

  it('cuts an utterance that is too long in its quietest stretch and goes on right there', () => {
    const pause = [SILENCE, 8] as const;
    const events = play(new Endpointer(options), [SPEECH, 300], pause, [SPEECH, 200]);
    const cut = events.find((event) => event.type === 'ended');
    expect(cut).toMatchObject({ reason: 'max_utterance' });
    const at = cut!.utterance.end;
    expect(at).toBeGreaterThanOrEqual(300 * 512);
    expect(at).toBeLessThanOrEqual(308 * 512);
    expect(events.at(-1)).toMatchObject({ type: 'started', number: 2, start: at, continued: true });
  });

  it('ends what is open at the asked sample when flushed, and opens nothing before it afterwards', () => {
    const endpointer = new Endpointer(options);
    play(endpointer, [SPEECH, 20]);
    expect(endpointer.flush(20 * 512 + 100, 'finalize')).toEqual([
      { type: 'ended', utterance: { number: 1, start: 0, end: 10_340 }, lastSound: 10_340, reason: 'finalize' },
    ]);
    expect(play(endpointer, [SPEECH, 2])[0]).toMatchObject({ type: 'started', number: 2, start: 10_340, at: 10_340 });
  });

  it('says nothing when flushed in silence', () => {
    const endpointer = new Endpointer(options);
    play(endpointer, [SILENCE, 20]);
    expect(endpointer.flush(20 * 512, 'end_of_audio')).toEqual([]);
  });

  it('goes on from a snapshot at any window exactly as it would have without', () => {
    const script = Array.from({ length: 900 }, (_, i) => {
      const speaking = (i > 20 && i < 640 && i % 97 > 4) || (i > 700 && i < 760);
      return [
        speaking ? 0.6 + 0.3 * Math.sin(i) ** 2 : 0.3 * Math.sin(i) ** 2,
        speaking ? -25 + (i % 7) : -55,
      ] as const;
    });
    const whole = new Endpointer(options);
    const expected = script.map(([p, db]) => whole.step(p, frames(db)));
    for (let at = 1; at < script.length; at += 41) {
      const before = new Endpointer(options);
      for (const [p, db] of script.slice(0, at)) before.step(p, frames(db));
      const state = JSON.parse(JSON.stringify(before.snapshot()));
      const after = new Endpointer(options, state);
      expect(script.slice(at).map(([p, db]) => after.step(p, frames(db)))).toEqual(expected.slice(at));
    }
    expect(expected.flat().filter((event) => event.type === 'ended').length).toBeGreaterThanOrEqual(3);
  });
});
