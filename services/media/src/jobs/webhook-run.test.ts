import { type Claim, createMemoryBus, type JobTask, SlotPool } from '@verbatim/bus';
import type { JobSpec } from '@verbatim/contracts';
import { ManualClock, settle } from '@verbatim/contracts/testing';
import { createMemoryStores } from '@verbatim/sessions';
import type { WebhookMessage, WebhookOutcome } from '@verbatim/webhooks';
import { describe, expect, it } from 'vitest';
import { runWebhook } from './webhook-run.ts';

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
  webhookUrl: 'https://hooks.example/',
  hidden: false,
};

/** A finished job whose webhook answers with one outcome after the other. */
const start = async (...outcomes: WebhookOutcome[]) => {
  const clock = new ManualClock();
  const bus = createMemoryBus({ clock });
  const { jobs } = createMemoryStores({ clock });
  await jobs.open(SPEC);
  await jobs.claim('j', 'worker');
  await jobs.finish('j', 1, { status: 'completed', audioSeconds: 12, warnings: [] });
  await bus.tasks.offer({ kind: 'webhook', jobId: 'j' });
  const claims = bus.tasks.take('webhook', new SlotPool(10), new AbortController().signal)[Symbol.asyncIterator]();
  const told: WebhookMessage[] = [];
  const drain = new AbortController();
  const run = async () => {
    const claim: Claim<JobTask> = (await claims.next()).value;
    const sender = async (_url: string, message: WebhookMessage) => {
      told.push(message);
      return outcomes.shift() ?? 'delivered';
    };
    const logger = { info: () => {}, warn: () => {} };
    return runWebhook(claim, { bus, jobs, sender, clock, heartbeatMs: 1_000, logger }, drain.signal);
  };
  const depth = () => bus.tasks.depth('webhook');
  return { clock, jobs, told, drain, run, depth };
};

const LATER = { retry: true, reason: 'busy' } as const;
const NEVER = { retry: false, reason: 'gone' } as const;

describe('a webhook', () => {
  it('is told how the job ended, once', async () => {
    const { jobs, told, run, depth } = await start('delivered');
    await run();
    expect(told).toMatchObject([
      { id: 'msg_j', payload: { type: 'job.completed', data: { job_id: 'j', duration: 12, file_name: 'a.wav' } } },
    ]);
    expect((await jobs.get('j'))?.webhook).toBe('delivered');
    expect(await depth()).toEqual({ queued: 0, active: 0 });
  });

  it('is tried again by the plan, its claim kept alive meanwhile', async () => {
    const { clock, jobs, told, run } = await start(LATER, LATER, 'delivered');
    const done = run();
    await settle();
    for (let second = 0; second < 45; second++) await clock.advance(1_000);
    await done;
    expect(told).toHaveLength(3);
    expect((await jobs.get('j'))?.webhook).toBe('delivered');
  });

  it('that wants nothing is left alone', async () => {
    const { jobs, told, run, depth } = await start(NEVER);
    await run();
    expect(told).toHaveLength(1);
    expect((await jobs.get('j'))?.webhook).toBe('failed');
    expect(await depth()).toEqual({ queued: 0, active: 0 });
  });

  it('is left to another worker when this one stops', async () => {
    const { jobs, drain, run, depth } = await start(LATER, 'delivered');
    const done = run();
    await settle();
    drain.abort();
    await done;
    expect(await depth()).toEqual({ queued: 1, active: 0 });
    expect((await jobs.get('j'))?.webhook).toBe('pending');
  });
});
