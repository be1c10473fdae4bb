import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SampleBuffer } from './sample-buffer.ts';

describe('SampleBuffer', () => {
  it('holds what was appended and not dropped, at its place in audio time', () => {
    const piece = fc.record({ append: fc.nat(40_000), drop: fc.nat(60_000) });
    fc.assert(
      fc.property(fc.nat(1_000), fc.array(piece, { maxLength: 20 }), (start, pieces) => {
        const buffer = new SampleBuffer();
        buffer.reset(start);
        const value = (sample: number) => (sample * 7919) % 30_000;
        for (const { append, drop } of pieces) {
          const from = buffer.end;
          buffer.append(Int16Array.from({ length: append }, (_, i) => value(from + i)));
          buffer.dropBefore(buffer.start + drop);
          expect(buffer.start).toBeLessThanOrEqual(buffer.end);
          const held = buffer.copy(buffer.start, buffer.end);
          expect(held.length).toBe(buffer.end - buffer.start);
          for (const i of [0, held.length >> 1, held.length - 1]) {
            if (i >= 0 && i < held.length) expect(held[i]).toBe(value(buffer.start + i));
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('gives zeros for what it does not hold', () => {
    const buffer = new SampleBuffer();
    buffer.reset(10);
    buffer.append(Int16Array.of(1, 2, 3));
    expect([...buffer.copy(8, 15)]).toEqual([0, 0, 1, 2, 3, 0, 0]);
  });
});
