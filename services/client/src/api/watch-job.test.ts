import { ManualClock, settle } from '@verbatim/contracts/testing';
import { describe, expect, it } from 'vitest';
import { ClientError } from '../client-error.ts';
import { ApiError } from './api-error.ts';
import type { Job } from './job.ts';
import { watchJob } from './watch-job.ts';

const job = (status: Job['status'], progress: number): Job => ({
  ...{ jobId: 'j-1', status, progress, model: 'm', task: 'transcribe', fileName: null, fileBytes: 1, channels: 'mix' },
  ...{ createdAt: new Date(0), startedAt: null, finishedAt: null, audio: null, warnings: [], webhook: 'none' },
});
const away = new ClientError('Away.');

/** Watches what `answers` say, one after the other; the last one stays. */
async function watching(answers: readonly (Job | Error)[], signal?: AbortSignal) {
  const clock = new ManualClock();
  const seen: string[] = [];
  let asked = 0;
  const ask = async (): Promise<Job> => {
    const answer = answers[Math.min(asked++, answers.length - 1)]!;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const over = (async () => {
    for await (const { status, progress } of watchJob(ask, clock, signal)) seen.push(`${status} ${progress}`);
  })();
  over.catch(() => {});
  await settle();
  return { clock, seen, over, asked: () => asked };
}

describe('a watched job', () => {
  it('is told each time that it changes, up to its end', async () => {
    const queued = job('queued', 0);
    const answers = [queued, queued, job('processing', 0.2), job('processing', 0.6), job('completed', 1)];
    const { clock, seen, over } = await watching(answers);
    await clock.advance(10_000);
    await over;
    expect(seen).toEqual(['queued 0', 'processing 0.2', 'processing 0.6', 'completed 1']);
    expect(clock.pending).toBe(0);
  });

  it('is asked for less and less often, at least every two seconds', async () => {
    const { clock, asked } = await watching([job('processing', 0.5)]);
    await clock.advance(1_000);
    expect(asked()).toBe(3);
    await clock.advance(60_000);
    const before = asked();
    await clock.advance(20_000);
    expect(asked() - before).toBe(10);
  });

  it('is waited for while the server is away, for half a minute', async () => {
    const back = await watching([
      job('queued', 0),
      away,
      new ApiError(503, 'unavailable', 'Soon.'),
      job('completed', 1),
    ]);
    await back.clock.advance(10_000);
    await back.over;
    expect(back.seen).toEqual(['queued 0', 'completed 1']);
    const awayFor20s = Array.from({ length: 10 }, () => away);
    const twice = await watching([
      job('queued', 0),
      ...awayFor20s,
      job('queued', 0),
      ...awayFor20s,
      job('completed', 1),
    ]);
    await twice.clock.advance(60_000);
    await twice.over;
    const gone = await watching([job('queued', 0), away]);
    await gone.clock.advance(29_000);
    expect(gone.clock.pending).toBe(1);
    await gone.clock.advance(5_000);
    await expect(gone.over).rejects.toBe(away);
  });

  it('that can’t be had at first, or is gone, is an error at once', async () => {
    await expect((await watching([away])).over).rejects.toBe(away);
    const erased = new ApiError(404, 'job_not_found', 'No such job.');
    const { clock, over } = await watching([job('queued', 0), erased]);
    await clock.advance(250);
    await expect(over).rejects.toBe(erased);
  });

  it('is let go by a signal', async () => {
    const stop = new AbortController();
    const { over, clock } = await watching([job('queued', 0)], stop.signal);
    stop.abort(new Error('Enough.'));
    await expect(over).rejects.toThrow('Enough.');
    expect(clock.pending).toBe(0);
  });
});
