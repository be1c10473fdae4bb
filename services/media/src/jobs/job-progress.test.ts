import { ManualClock, settle } from '@verbatim/contracts/testing';
import { describe, expect, it } from 'vitest';
import { JobProgress } from './job-progress.ts';

const start = (over: Partial<ConstructorParameters<typeof JobProgress>[0]> = {}) => {
  const clock = new ManualClock();
  const told: { progress: number; isNews: boolean }[] = [];
  const write = async (progress: number, isNews: boolean) => {
    told.push({ progress, isNews });
  };
  const progress = new JobProgress({ channels: 1, seconds: 100, clock, write, ...over });
  return { clock, told, progress };
};

describe('the progress of a job', () => {
  it('is stored at most once a second, and listeners hear of every step', async () => {
    const { clock, told, progress } = start();
    await progress.start();
    progress.reached(0, 160_000);
    await settle();
    await clock.advance(1_000);
    progress.reached(0, 320_000);
    await settle();
    progress.reached(0, 480_000);
    await settle();
    expect(told).toEqual([
      { progress: 0, isNews: true },
      { progress: 0.1, isNews: false },
      { progress: 0.2, isNews: true },
      { progress: 0.3, isNews: false },
    ]);
  });

  it('counts all channels, never more of one than there is, and is not whole before the end', async () => {
    const { told, progress } = start({ channels: 2 });
    progress.reached(0, 16_000 * 500);
    await settle();
    progress.reached(1, 16_000 * 500);
    await settle();
    expect(told.map((each) => each.progress)).toEqual([0.5, 0.999]);
  });

  it('is none while nobody knows how long the file is', async () => {
    const { told, progress } = start({ seconds: null });
    progress.reached(0, 16_000);
    await settle();
    expect(told).toEqual([{ progress: 0, isNews: false }]);
  });

  it('ends its job when it can not be told', async () => {
    const { progress } = start({ write: () => Promise.reject(new Error('fenced')) });
    progress.reached(0, 16_000);
    await settle();
    expect(progress.failed.reason).toMatchObject({ message: 'fenced' });
  });
});
