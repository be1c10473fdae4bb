import type { AudioFormat } from '@verbatim/contracts';
import { describe, expect, it } from 'vitest';
import { speech } from '../testing/session-harness.ts';
import type { PlacedAudio } from './coalescer.ts';
import { AudioIntake } from './intake.ts';

const LINEAR16: AudioFormat = { encoding: 'linear16', sampleRateHertz: 16_000, channelCount: 1 };

/** Checks that every sample lies where `speech` says it belongs, and returns the places covered. */
const places = (audio: readonly PlacedAudio[]): number[] =>
  audio.flatMap(({ at, pcm16 }) => {
    expect([...pcm16]).toEqual(Array.from(pcm16, (_, i) => (at + i) % 30_000));
    return Array.from(pcm16, (_, i) => at + i);
  });

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('AudioIntake', () => {
  it('puts chunks one behind the other, halves of samples included', () => {
    const intake = new AudioIntake(LINEAR16, 0);
    const bytes = speech(0.01);
    const audio = [...bytes].flatMap((_, i) => intake.push(bytes.subarray(i, i + 1)));
    expect(places(audio)).toEqual(range(0, 160));
  });

  it('starts where a resumed session goes on', () => {
    const intake = new AudioIntake(LINEAR16, 1_000);
    expect(places(intake.push(speech(0.01, 1_000)))).toEqual(range(1_000, 1_160));
    expect(intake.head).toBe(1_160);
  });

  it('ignores a chunk that was sent before, and the part of one that was', () => {
    const intake = new AudioIntake(LINEAR16, 0);
    intake.push(speech(0.1));
    expect(intake.push(speech(0.1), 0)).toEqual([]);
    expect(places(intake.push(speech(0.1, 800), 800))).toEqual(range(1_600, 2_400));
  });

  it('finds the new part of a chunk that was sent before also when half a sample waits', () => {
    const intake = new AudioIntake(LINEAR16, 0);
    intake.push(speech(0.1).subarray(0, 3_199));
    expect(intake.head).toBe(1_599);
    expect(places(intake.push(speech(0.1, 800), 800))).toEqual(range(1_599, 2_400));
  });

  it('leaves the hole that a client declares', () => {
    const intake = new AudioIntake(LINEAR16, 0);
    intake.push(speech(0.1));
    expect(places(intake.push(speech(0.1, 16_000), 16_000))).toEqual(range(16_000, 17_600));
  });

  it('takes a position that is off by one, as rounding from another rate makes it, as no hole and no overlap', () => {
    const intake = new AudioIntake({ ...LINEAR16, sampleRateHertz: 44_100 }, 0);
    const second = Buffer.alloc(44_100 * 2);
    let out = intake.push(second.subarray(0, 1_000)).reduce((sum, { pcm16 }) => sum + pcm16.length, 0);
    for (let byte = 1_000; byte < second.length; byte += 1_000) {
      const first = Math.round(((byte / 2) * 16_000) / 44_100);
      for (const { at, pcm16 } of intake.push(second.subarray(byte, byte + 1_000), first)) {
        expect(at).toBe(out);
        out += pcm16.length;
      }
    }
    for (const { pcm16 } of intake.flush()) out += pcm16.length;
    expect(out).toBe(16_000);
  });

  it.each([8_000, 44_100, 48_000])('gives a second for a second at %i Hz', (sampleRateHertz) => {
    const intake = new AudioIntake({ ...LINEAR16, sampleRateHertz }, 500);
    const audio = [...intake.push(Buffer.alloc(sampleRateHertz * 2)), ...intake.flush()];
    expect(audio.reduce((sum, { pcm16 }) => sum + pcm16.length, 0)).toBe(16_000);
    expect(audio[0]!.at).toBe(500);
    expect(intake.head).toBe(16_500);
  });
});
