import { type Claim, createMemoryBus, type JobTask, SlotPool } from '@verbatim/bus';
import { type JobSpec, SttError } from '@verbatim/contracts';
import { ManualClock, settle } from '@verbatim/contracts/testing';
import { createMetrics } from '@verbatim/kit';
import { createMemoryStores } from '@verbatim/sessions';
import { describe, expect, it } from 'vitest';
import { runJob } from './jobs/job-run.ts';
import { countJobs } from './media-metrics.ts';

const SPEC: JobSpec = {
  jobId: 'j',
  tenant: 't',
  model: 'm',
  language: null,
  task: 'transcribe',
  prompt: '',
  silenceMs: 1_500,
  maxUtteranceMs: 15_000,
  channels: 'mix',
  channelLabels: [],
  rawFormat: null,
  upload: { objectKey: 'u', fileName: 'a.wav', bytes: 1, sha256: '' },
  webhookUrl: null,
  hidden: false,
};

/** A job that has waited for `waitedMs`, and whose file is opened by `open`. */
const start = async (waitedMs: number, open: () => Promise<never>) => {
  const clock = new ManualClock();
  const bus = createMemoryBus({ clock });
  const { jobs, sessions } = createMemoryStores({ clock });
  const metrics = createMetrics();
  await jobs.open(SPEC);
  await bus.tasks.offer({ kind: 'transcribe', jobId: 'j' });
  await clock.advance(waitedMs);
  const claims = bus.tasks.take('transcribe', new SlotPool(2), new AbortController().signal)[Symbol.asyncIterator]();
  const logger = { info: () => {}, warn: () => {}, error: () => {} };
  const observer = countJobs(metrics);
  const options = { bus, jobs, sessions, open, owner: 'me', clock, heartbeatMs: 1_000, logger, observer };
  const run = async (): Promise<void> => {
    const claim: Claim<JobTask> = (await claims.next()).value;
    await runJob(claim, options, new AbortController().signal);
  };
  const value = async (sample: string) =>
    Number(
      (await metrics.registry.metrics())
        .split('\n')
        .find((line) => line.startsWith(`${sample} `))
        ?.split(' ')[1],
    );
  return { clock, run, value };
};

describe('the metrics of jobs', () => {
  it('tell how long a job waited as soon as a worker has it, not when it ends', async () => {
    let lose = (_error: Error) => {};
    const lost = new Promise<never>((_, reject) => {
      lose = reject;
    });
    const { clock, run, value } = await start(40_000, () => lost);
    const running = run();
    await settle();
    expect(await value('verbatim_job_wait_seconds_sum')).toBe(40);
    await clock.advance(20_000);
    lose(new SttError('upload_lost', 'The file is gone.'));
    await running;
    expect(await value('verbatim_job_wait_seconds_count')).toBe(1);
    expect(await value('verbatim_job_duration_seconds_sum{status="failed"}')).toBe(60);
    expect(await value('verbatim_jobs_finished_total{status="failed",code="upload_lost"}')).toBe(1);
  });

  it('count the wait once, however often the job is taken up again', async () => {
    const { clock, run, value } = await start(3_000, async () => {
      throw new SttError('unavailable', 'NATS is away.');
    });
    for (let taken = 1; taken <= 2; taken++) {
      const running = run();
      await settle();
      await clock.advance(1_000);
      await running;
    }
    expect(await value('verbatim_job_wait_seconds_count')).toBe(1);
  });
});
