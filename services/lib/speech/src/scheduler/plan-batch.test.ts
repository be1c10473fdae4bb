import { describe, expect, it } from 'vitest';
import { isLong, limitsFor, planBatch, type QueuedDecode, workersForJobs, workersForLong } from './plan-batch.ts';

const limits = { maxRows: 3, maxSeconds: 10, maxShortSeconds: 4 };
const decode = (over: Partial<QueuedDecode>): QueuedDecode => ({
  kind: 'partial',
  lastServed: 0,
  submitted: 0,
  seconds: 1,
  ...over,
});

describe('planBatch', () => {
  it('plans nothing for an empty queue', () => {
    expect(planBatch([], limits)).toEqual([]);
  });

  it('takes finals before speculative finals before first partials before partials before jobs', () => {
    const queue = (['job', 'partial', 'first_partial', 'speculative', 'final'] as const).map((kind) =>
      decode({ kind }),
    );
    expect(planBatch(queue, limits)).toEqual([4, 3]);
    expect(planBatch(queue.slice(0, 3), limits)).toEqual([2]);
    expect(planBatch(queue.slice(0, 2), limits)).toEqual([1]);
    expect(planBatch(queue.slice(0, 1), limits)).toEqual([0]);
  });

  it('never lets a final wait for partials in its batch', () => {
    expect(planBatch([decode({ kind: 'partial' }), decode({ kind: 'final' })], limits)).toEqual([1]);
  });

  it('serves finals in order of arrival', () => {
    const queue = [5, 1, 3].map((submitted) => decode({ kind: 'final', submitted }));
    expect(planBatch(queue, limits)).toEqual([1, 2, 0]);
  });

  it('serves the session first that was served longest ago', () => {
    const queue = [5, 1, 3, 2].map((lastServed, submitted) => decode({ lastServed, submitted }));
    expect(planBatch(queue, limits)).toEqual([1, 3, 2]);
  });

  it('keeps to the seconds of a batch, passing over what does not fit', () => {
    const queue = [6, 6, 3].map((seconds, submitted) => decode({ kind: 'final', seconds, submitted }));
    expect(planBatch(queue, limits)).toEqual([0, 2]);
  });

  it('keeps batches of partials shorter than those of finals', () => {
    expect(
      planBatch(
        [3, 3].map((seconds) => decode({ kind: 'partial', seconds })),
        limits,
      ),
    ).toEqual([0]);
    expect(
      planBatch(
        [3, 3].map((seconds) => decode({ kind: 'final', seconds })),
        limits,
      ),
    ).toEqual([0, 1]);
  });

  it('lets a request go alone that is longer than a batch may be', () => {
    expect(planBatch([decode({ seconds: 30 })], limits)).toEqual([0]);
  });
});

describe('workersForJobs', () => {
  it('is all of them while nobody speaks live, and all but one while somebody does, as long as that is one', () => {
    expect([workersForJobs(4, 60_000), workersForJobs(4, 500), workersForJobs(1, 500)]).toEqual([4, 3, 1]);
  });
});

describe('limitsFor', () => {
  it('gives batches of a slow engine less audio, so that they take as long as those of a fast one', () => {
    const [fast, slow] = [limitsFor(15), limitsFor(45)];
    expect(fast).toEqual({ maxRows: 8, maxSeconds: 24, maxShortSeconds: 7 });
    expect(slow.maxSeconds).toBeCloseTo(8);
    expect(slow.maxShortSeconds).toBeCloseTo(7 / 3);
  });
});

describe('long decodes', () => {
  it('are those that can wait and that a final would have to wait for', () => {
    expect(isLong('partial', 400)).toBe(true);
    expect(isLong('hard', 400)).toBe(true);
    expect(isLong('partial', 100)).toBe(false);
    expect(isLong('final', 400)).toBe(false);
  });

  it('leave one worker free, where there are two or more', () => {
    expect([1, 2, 4].map(workersForLong)).toEqual([1, 1, 3]);
  });
});
