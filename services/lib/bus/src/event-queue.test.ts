import type { SessionEvent } from '@verbatim/contracts';
import { describe, expect, it } from 'vitest';
import { EventQueue } from './event-queue.ts';

const text = { confidence: 1, start: 0, end: 1, language: 'en' };
const partial = (utterance: number, words: string): SessionEvent => ({
  type: 'partial',
  utterance,
  text: words,
  stableChars: 0,
  ...text,
});
const final = (utterance: number): SessionEvent => ({
  type: 'final',
  sequence: utterance,
  utterance,
  text: 'all',
  reason: 'silence',
  ...text,
});
const progress = (receivedSample: number): SessionEvent => ({
  type: 'progress',
  receivedSample,
  decodedSample: 0,
  committedSample: 0,
  finals: 0,
  marks: 0,
  lagSeconds: 0,
});
const started = (at: number): SessionEvent => ({ type: 'speech_started', at });

const readAll = async (queue: EventQueue): Promise<SessionEvent[]> => {
  queue.end();
  const events: SessionEvent[] = [];
  for await (const event of queue) events.push(event);
  return events;
};

const queueOf = (...events: SessionEvent[]): EventQueue => {
  const queue = new EventQueue();
  for (const event of events) queue.push(event);
  return queue;
};

describe('an event queue', () => {
  it('replaces an unread partial by a newer one of the same utterance, at the newer place', async () => {
    const queue = queueOf(partial(1, 'a'), started(1), partial(1, 'ab'));
    expect(queue.size).toBe(2);
    expect(await readAll(queue)).toEqual([started(1), partial(1, 'ab')]);
  });

  it('keeps partials of different utterances', async () => {
    expect(await readAll(queueOf(partial(1, 'a'), partial(2, 'b')))).toEqual([partial(1, 'a'), partial(2, 'b')]);
  });

  it('drops the unread partials of an utterance when its final comes', async () => {
    const queue = queueOf(partial(1, 'a'), partial(2, 'b'), final(1));
    expect(await readAll(queue)).toEqual([partial(2, 'b'), final(1)]);
  });

  it('replaces unread progress by newer progress', async () => {
    expect(await readAll(queueOf(progress(1), started(1), progress(2)))).toEqual([started(1), progress(2)]);
  });

  it('never drops another event, however many are unread', async () => {
    const others: SessionEvent[] = [];
    for (let i = 1; i <= 300; i++) others.push(started(i), final(i), { type: 'flushed', requestId: 'same', mark: 1 });
    const queue = queueOf(...others);
    expect(queue.size).toBe(900);
    expect(await readAll(queue)).toEqual(others);
  });

  it('wakes a reader that waits and hands over before a newer partial can replace', async () => {
    const queue = new EventQueue();
    const events = queue[Symbol.asyncIterator]();
    const first = events.next();
    queue.push(partial(1, 'a'));
    expect(await first).toEqual({ done: false, value: partial(1, 'a') });
    queue.push(partial(1, 'ab'));
    expect(queue.size).toBe(1);
    expect((await events.next()).value).toEqual(partial(1, 'ab'));
    expect(queue.size).toBe(0);
  });

  it('lets its reader finish what is left after its end, and takes no more', async () => {
    const queue = queueOf(started(1), started(2));
    queue.end();
    queue.push(started(3));
    expect(await readAll(queue)).toEqual([started(1), started(2)]);
  });

  it('stops a waiting reader when it is discarded, and drops what is unread', async () => {
    const waiting = new EventQueue();
    const next = waiting[Symbol.asyncIterator]().next();
    waiting.discard();
    expect((await next).done).toBe(true);
    const full = queueOf(started(1));
    full.discard();
    expect(full.size).toBe(0);
    expect(await readAll(full)).toEqual([]);
  });

  it('lets a later loop go on where one stopped', async () => {
    const queue = queueOf(started(1), started(2));
    for await (const event of queue) {
      expect(event).toEqual(started(1));
      break;
    }
    expect(await readAll(queue)).toEqual([started(2)]);
  });
});
