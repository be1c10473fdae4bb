import { setTimeout as sleep } from 'node:timers/promises';
import type { JobSpec, MediaInfo } from '@verbatim/contracts';
import { afterEach, beforeEach } from 'vitest';
import type { JobOutcome, JobStore } from '../ports.ts';
import { newId } from './store-under-test.ts';

/** A store and what the suite must know of its settings. Keep times short where they are real: the suite lets them pass. */
export interface JobStoreUnderTest {
  readonly store: JobStore;
  /** From the end of a job; shorter than `unfinishedSeconds`. */
  readonly finishedSeconds: number;
  /** From the last activity of an unfinished job, and from the settling of an idempotency key. */
  readonly unfinishedSeconds: number;
  /** From the reservation of an idempotency key; shorter than `unfinishedSeconds`. */
  readonly reservedSeconds: number;
  /** Lets time pass for the store. Without it the suite waits for real time to pass. */
  readonly advance?: (ms: number) => Promise<void>;
  dispose(): Promise<void>;
}

export const jobSpecOf = (jobId: string, tenant: string, change: Partial<JobSpec> = {}): JobSpec => ({
  jobId,
  tenant,
  model: 'whisper-base',
  language: null,
  task: 'translate',
  prompt: 'naïve „Zürich“ 東京',
  silenceMs: 500,
  maxUtteranceMs: 15_000,
  channels: 'separate',
  channelLabels: ['agent', 'Kundin 😀'],
  rawFormat: { encoding: 'mulaw', sampleRateHertz: 8_000, channelCount: 2 },
  upload: { objectKey: `uploads/${jobId}`, fileName: 'Gespräch "1".wav', bytes: 123_456, sha256: 'ab'.repeat(32) },
  webhookUrl: null,
  hidden: false,
  ...change,
});

export const MEDIA: MediaInfo = {
  container: 'mov,mp4,m4a',
  codec: 'aac',
  durationSeconds: 12.34,
  sampleRateHertz: 44_100,
  channelCount: 2,
};

export const COMPLETED = {
  status: 'completed',
  audioSeconds: 12.345,
  warnings: ['The file ends early: „moov“ says more.'],
} satisfies JobOutcome;

export const FAILED = {
  status: 'failed',
  failure: { code: 'undecodable_audio', message: 'The file has no audio.' },
} satisfies JobOutcome;

/** A fresh store for each test of a suite, disposed after it, and the usual first steps on it. */
export const useJobStore = (makeStore: () => Promise<JobStoreUnderTest>) => {
  let current: JobStoreUnderTest | null = null;
  beforeEach(async () => {
    current = await makeStore();
  });
  afterEach(async () => {
    await current?.dispose();
    current = null;
  });

  const underTest = (): JobStoreUnderTest => {
    if (current === null) throw new Error('There is a store only inside a test.');
    return current;
  };
  const pass = async (seconds: number): Promise<void> => (underTest().advance ?? sleep)(seconds * 1_000);
  const open = async (change: Partial<JobSpec> = {}) => {
    const { store } = underTest();
    const spec = jobSpecOf(newId('j'), newId('tenant'), change);
    await store.open(spec);
    return { store, spec, id: spec.jobId };
  };
  const openClaimed = async (change: Partial<JobSpec> = {}) => {
    const job = await open(change);
    const grant = await job.store.claim(job.id, 'a');
    return { ...job, epoch: grant?.epoch ?? Number.NaN };
  };
  return { underTest, pass, open, openClaimed };
};

export type JobStoreFixture = ReturnType<typeof useJobStore>;
