import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Coalescer, MAX_CHUNK, type PlacedAudio } from './coalescer.ts';

const MIN_CHUNK = 960;

const ramp = (at: number, length: number): PlacedAudio => ({
  at,
  pcm16: Int16Array.from({ length }, (_, i) => (at + i) % 30_000),
});

describe('Coalescer', () => {
  it.each([
    ['keeps 59 ms back', [944], []],
    ['lets 60 ms go', [960], [960]],
    ['gathers 20 ms chunks into 60 ms', [320, 320, 320, 320], [960]],
    ['cuts a second into tenths', [16_000], Array(10).fill(1_600)],
    ['keeps what is left of a large chunk back', [1_700], [1_600]],
  ])('%s', (_name, lengths, expected) => {
    const coalescer = new Coalescer(MIN_CHUNK);
    let at = 0;
    const out = lengths.flatMap((length) => {
      const due = coalescer.add(ramp(at, length));
      at += length;
      return due;
    });
    expect(out.map(({ pcm16 }) => pcm16.length)).toEqual(expected);
  });

  it('sends the rest before a hole out as it is, and goes on behind the hole', () => {
    const coalescer = new Coalescer(MIN_CHUNK);
    expect(coalescer.add(ramp(0, 500))).toEqual([]);
    expect(coalescer.add(ramp(9_000, 500))).toEqual([ramp(0, 500)]);
    expect(coalescer.flush()).toEqual([ramp(9_000, 500)]);
    expect(coalescer.flush()).toEqual([]);
  });

  it('loses, doubles and moves no sample, however the audio is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 30 }), (lengths) => {
        const coalescer = new Coalescer(MIN_CHUNK);
        let at = 0;
        const out: PlacedAudio[] = [];
        for (const length of lengths) {
          out.push(...coalescer.add(ramp(at, length)));
          at += length;
        }
        for (const { pcm16 } of out) expect(pcm16.length).toBeGreaterThanOrEqual(MIN_CHUNK);
        out.push(...coalescer.flush());
        for (const { pcm16 } of out) expect(pcm16.length).toBeLessThanOrEqual(MAX_CHUNK);
        expect(out.flatMap((chunk) => [...chunk.pcm16])).toEqual([...ramp(0, at).pcm16]);
        let expected = 0;
        for (const chunk of out) {
          expect(chunk.at).toBe(expected);
          expected += chunk.pcm16.length;
        }
      }),
      { numRuns: 50 },
    );
  });
});
