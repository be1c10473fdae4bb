import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SampleRing } from './sample-ring.ts';

/** All that the ring holds, by sample position. */
const contents = (ring: SampleRing, from = 0): Map<number, number> => {
  const held = new Map<number, number>();
  for (let piece = ring.read(from, ring.head); piece !== null; ) {
    for (const [i, value] of piece.pcm16.entries()) held.set(piece.firstSample + i, value);
    piece = ring.read(piece.firstSample + piece.pcm16.length, ring.head);
  }
  return held;
};

describe('a sample ring', () => {
  it('holds exactly what a plain map of samples would, with overlaps, holes and eviction', () => {
    const capacity = 20_000;
    const chunk = fc.record({
      shift: fc.integer({ min: -3_000, max: 3_000 }),
      count: fc.integer({ min: 0, max: 9_000 }),
    });
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 12 }), (chunks) => {
        const ring = new SampleRing(capacity);
        const model = new Map<number, number>();
        let head = 0;
        let value = 0;
        for (const { shift, count } of chunks) {
          const first = Math.max(0, head + shift);
          const pcm16 = Int16Array.from({ length: count }, () => ++value % 32_768);
          const grew = first + count > head && count > 0;
          expect(ring.append(first, pcm16)).toBe(grew);
          pcm16.forEach((sample, i) => {
            if (first + i >= head) model.set(first + i, sample);
          });
          if (grew) head = first + count;
          expect(ring.head).toBe(head);
        }
        const held = contents(ring);
        expect([...held].filter(([at, sample]) => model.get(at) !== sample)).toEqual([]);
        expect([...model.keys()].filter((at) => at >= head - capacity && !held.has(at))).toEqual([]);
        expect([...held.keys()].filter((at) => at < head - capacity - 8_000)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('never changes a view that it gave away', () => {
    const ring = new SampleRing(8_000);
    ring.append(0, Int16Array.of(1, 2, 3));
    const view = ring.read(0, 3)!.pcm16;
    for (let at = 3; at < 100_000; at += 1_000) ring.append(at, new Int16Array(1_000).fill(9));
    expect([...view]).toEqual([1, 2, 3]);
    expect(ring.read(0, 3)).toBeNull();
  });

  it('joins small chunks and gives them back as one view', () => {
    const ring = new SampleRing(8_000);
    for (let at = 0; at < 4_000; at += 100) ring.append(at, new Int16Array(100));
    expect(ring.read(50, Number.POSITIVE_INFINITY)?.pcm16).toHaveLength(3_950);
  });

  it('keeps no more than a block for many tiny chunks with holes between them', () => {
    const ring = new SampleRing(100_000);
    for (let at = 0; at < 10_000; at += 10) ring.append(at, Int16Array.of(at));
    const buffers = new Set<ArrayBufferLike>();
    for (let at = 0; at < 10_000; at += 10) buffers.add(ring.read(at, at + 1)!.pcm16.buffer);
    expect(buffers.size).toBe(1);
  });
});
