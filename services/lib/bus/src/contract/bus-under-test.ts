import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionSpec } from '@verbatim/contracts';
import { afterEach, beforeEach } from 'vitest';
import type { Bus } from '../ports.ts';

/** A bus and what a suite must know of its settings. */
export interface BusUnderTest {
  readonly bus: Bus;
  /** Seconds of audio that the ring holds at least; keep it small, the suite fills it several times. */
  readonly ringSeconds: number;
  /** Keep it short where time is real: the suite lets it pass about twenty times. */
  readonly ackWaitMs: number;
  /** Bytes of objects that fit into the store; keep it to a few megabytes, the suite fills it. */
  readonly objectsMaxBytes: number;
  /** Lets time pass for the bus. Without it the suite waits for real time to pass. */
  readonly advance?: (ms: number) => Promise<void>;
  dispose(): Promise<void>;
}

export type MakeBus = () => Promise<BusUnderTest>;

/** A fresh bus for each test of a suite, disposed after it. */
export const useBus = (makeBus: MakeBus) => {
  let current: BusUnderTest | null = null;
  beforeEach(async () => {
    current = await makeBus();
  });
  afterEach(async () => {
    await current?.dispose();
    current = null;
  });
  return {
    get current(): BusUnderTest {
      if (current === null) throw new Error('There is a bus only inside a test.');
      return current;
    },
    /** Lets `count` ack waits pass; a fraction is a part of one. */
    async passAckWaits(count: number): Promise<void> {
      const { ackWaitMs, advance = sleep } = this.current;
      await advance(count * ackWaitMs);
    },
  };
};

export type BusFixture = ReturnType<typeof useBus>;

/** An id that no other test has, as a real server outlives a test. */
export const newId = (name: string): string => `${name}-${randomUUID().slice(0, 8)}`;

export const specOf = (sessionId: string, model: string): SessionSpec => ({
  sessionId,
  tenant: 'default',
  kind: 'live',
  model,
  encoding: 'linear16',
  sampleRateHertz: 16_000,
  channelCount: 1,
  language: 'en',
  task: 'translate',
  partialResults: true,
  silenceMs: 500,
  maxUtteranceMs: 15_000,
  prompt: '',
  overflow: 'block',
});

/** The next `count` items, leaving the iteration open. */
export const take = async <T>(iterator: AsyncIterator<T>, count: number): Promise<T[]> => {
  const items: T[] = [];
  while (items.length < count) {
    const { done, value } = await iterator.next();
    if (done === true) throw new Error(`The iteration ended after ${items.length} of ${count} items.`);
    items.push(value);
  }
  return items;
};

export const iterate = <T>(iterable: AsyncIterable<T>): AsyncIterator<T> => iterable[Symbol.asyncIterator]();
