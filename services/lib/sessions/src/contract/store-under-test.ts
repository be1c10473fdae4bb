import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Final, SessionSpec } from '@verbatim/contracts';
import { afterEach, beforeEach } from 'vitest';
import type { SessionStore } from '../ports.ts';

/** A store and what the suite must know of its settings. */
export interface StoreUnderTest {
  readonly store: SessionStore;
  /** Keep it short where time is real: the suite lets it pass a few times. */
  readonly ttlSeconds: number;
  /** Lets time pass for the store. Without it the suite waits for real time to pass. */
  readonly advance?: (ms: number) => Promise<void>;
  dispose(): Promise<void>;
}

export const newId = (name: string): string => `${name}-${randomUUID().slice(0, 8)}`;

export const specOf = (sessionId: string, tenant: string): SessionSpec => ({
  sessionId,
  tenant,
  kind: 'live',
  model: 'moonshine-tiny',
  encoding: 'mulaw',
  sampleRateHertz: 8_000,
  channelCount: 2,
  language: null,
  task: 'translate',
  partialResults: true,
  silenceMs: 500,
  maxUtteranceMs: 15_000,
  prompt: 'naïve „Zürich“ 東京',
  overflow: 'drop_oldest',
});

export const finalOf = (sequence: number): Final => ({
  type: 'final',
  sequence,
  utterance: sequence,
  text: `Sentence ${sequence}: naïve „Zürich“ 東京 😀`,
  words: [{ text: 'Sentence', start: sequence, end: sequence + 1, confidence: 0.75 }],
  confidence: 0.5,
  start: sequence * 100,
  end: sequence * 100 + 50,
  language: 'en',
  reason: 'silence',
});

export const state = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);

/** A fresh store for each test of a suite, disposed after it, and the usual first steps on it. */
export const useStore = (makeStore: () => Promise<StoreUnderTest>) => {
  let current: StoreUnderTest | null = null;
  beforeEach(async () => {
    current = await makeStore();
  });
  afterEach(async () => {
    await current?.dispose();
    current = null;
  });

  const underTest = (): StoreUnderTest => {
    if (current === null) throw new Error('There is a store only inside a test.');
    return current;
  };
  const passTtls = async (count: number): Promise<void> => {
    const { ttlSeconds, advance = sleep } = underTest();
    await advance(count * ttlSeconds * 1_000);
  };
  const open = async (tenant = newId('tenant')) => {
    const { store } = underTest();
    const spec = specOf(newId('s'), tenant);
    await store.open(spec, 'hash');
    return { store, spec, id: spec.sessionId };
  };
  const openClaimed = async () => {
    const session = await open();
    const grant = await session.store.claim(session.id, 'a');
    return { ...session, epoch: grant?.epoch ?? Number.NaN };
  };
  return { underTest, passTtls, open, openClaimed };
};

export type StoreFixture = ReturnType<typeof useStore>;
