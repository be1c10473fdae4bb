import type { Bus, Claim, JobTask } from '@verbatim/bus';
import { type Clock, SttError } from '@verbatim/contracts';
import type { Logger } from '@verbatim/kit';
import type { JobRecord, JobStore } from '@verbatim/sessions';
import { type WebhookMessage, type WebhookOutcome, webhookPlan } from '@verbatim/webhooks';
import { beat } from './beat.ts';

export interface WebhookRunOptions {
  readonly bus: Pick<Bus, 'notices'>;
  readonly jobs: Pick<JobStore, 'get' | 'noteWebhook'>;
  /** One try to tell a webhook. */
  readonly sender: (url: string, message: WebhookMessage, signal: AbortSignal) => Promise<WebhookOutcome>;
  readonly clock: Clock;
  readonly heartbeatMs: number;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Tells a job's webhook how the job ended, until it listens or is given up. Never rejects. A worker that dies on the way
 * leaves it to another, which begins with the first try again.
 * @param drain aborts when this process stops: the task is handed over.
 */
export async function runWebhook(claim: Claim<JobTask>, options: WebhookRunOptions, drain: AbortSignal): Promise<void> {
  const { jobId } = claim.spec;
  const { clock, heartbeatMs, logger } = options;
  const signal = AbortSignal.any([claim.lost, drain]);
  const stopBeating = beat(clock, heartbeatMs, () => claim.heartbeat());
  try {
    await tell(jobId, options, signal);
    await claim.done();
  } catch (error) {
    if (!signal.aborted) {
      logger.warn(
        { jobId, err: error, code: SttError.from(error).code },
        'a webhook could not be seen to; later again',
      );
    }
    await claim.release().catch(() => {
      // Its heartbeats end now, so it is offered again all the same.
    });
  } finally {
    stopBeating();
  }
}

async function tell(jobId: string, options: WebhookRunOptions, signal: AbortSignal): Promise<void> {
  const { bus, jobs, sender, clock, logger } = options;
  const job = await jobs.get(jobId);
  if (job === null || job.webhook !== 'pending' || job.spec.webhookUrl === null) return;
  for (let attempts = 1; ; attempts++) {
    const outcome = await sender(job.spec.webhookUrl, messageOf(job), signal);
    const step = webhookPlan(attempts, outcome, Math.random);
    if (typeof step === 'string') {
      await jobs.noteWebhook(jobId, step === 'done' ? 'delivered' : 'failed');
      await bus.notices.tell(jobId);
      if (outcome !== 'delivered') logger.warn({ jobId, attempts, reason: outcome.reason }, 'a webhook was given up');
      return;
    }
    await elapsed(step.retryInMs, clock, signal);
  }
}

/** The id is the job's, so that a receiver that hears it twice can tell. */
const messageOf = ({ spec, status, failure, finishedAt, audioSeconds }: JobRecord): WebhookMessage => ({
  id: `msg_${spec.jobId}`,
  payload: {
    type: `job.${status}`,
    timestamp: new Date(finishedAt ?? 0).toISOString(),
    data: {
      job_id: spec.jobId,
      status,
      file_name: spec.upload.fileName,
      duration: audioSeconds,
      status_url: `/v1/stt/jobs/${spec.jobId}`,
      ...(failure && { error: failure }),
    },
  },
});

const elapsed = (ms: number, clock: Clock, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    const onAbort = () => {
      cancel();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
