import { expect, it } from 'vitest';
import { SpanStore } from './span-store.ts';
import { aSpan } from './testing/a-span.ts';

const span = (traceId: string, startMs: number) => aSpan({ traceId, startMs });

it('keeps the spans of a trace together, by their start', () => {
  const store = new SpanStore(10);
  store.add([span('a', 2), span('b', 1), span('a', 1)]);
  expect(store.trace('a').map(({ startMs }) => startMs)).toEqual([1, 2]);
  expect(store.spans).toHaveLength(3);
  expect(store.trace('c')).toEqual([]);
});

it('forgets the traces that were quiet for longest, whole', () => {
  const store = new SpanStore(3);
  store.add([span('a', 1), span('b', 2), span('a', 3)]);
  store.add([span('c', 4)]);
  expect(store.trace('b')).toEqual([]);
  expect(store.trace('a')).toHaveLength(2);
  store.add([span('c', 5)]);
  expect(store.spans.map(({ traceId }) => traceId)).toEqual(['c', 'c']);
});

it('forgets the first spans of a trace that is larger than what it may keep', () => {
  const store = new SpanStore(2);
  store.add([1, 2, 3, 4].map((at) => span('a', at)));
  expect(store.trace('a').map(({ startMs }) => startMs)).toEqual([3, 4]);
  store.add([span('b', 5)]);
  expect(store.spans).toHaveLength(1);
});
