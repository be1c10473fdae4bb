import type { StandaloneConfig } from '@verbatim/kit';
import { addressRules, checkWebhookUrl } from '@verbatim/webhooks';
import type { JobDefaults } from './jobs/job-request.ts';
import type { JobDeps, JobLimits } from './jobs/options.ts';

/** The settings that shape jobs. */
export type JobConfig = Pick<
  StandaloneConfig,
  'MAX_UTTERANCE_MS' | 'FILE_SILENCE_MS' | 'MAX_UPLOAD_MB' | 'MAX_UPLOADS' | 'UPLOAD_IDLE_TIMEOUT_S' | 'MAX_QUEUED_JOBS'
>;

/** The configuration in the words of the doors for files. */
export const jobSettings = (config: JobConfig): { readonly defaults: JobDefaults; readonly limits: JobLimits } => ({
  defaults: { silenceMs: config.FILE_SILENCE_MS, maxUtteranceMs: config.MAX_UTTERANCE_MS },
  limits: {
    maxUploadBytes: config.MAX_UPLOAD_MB * 2 ** 20,
    maxUploads: config.MAX_UPLOADS,
    uploadIdleMs: config.UPLOAD_IDLE_TIMEOUT_S * 1_000,
    maxQueuedJobs: config.MAX_QUEUED_JOBS,
  },
});

/** Checks webhooks at the door; null where none are sent, for want of a secret to sign with. */
export const webhookCheck = ({
  WEBHOOK_SECRET,
  WEBHOOK_ALLOW,
}: Pick<StandaloneConfig, 'WEBHOOK_SECRET' | 'WEBHOOK_ALLOW'>): JobDeps['checkWebhook'] => {
  const rules = addressRules(WEBHOOK_ALLOW);
  return WEBHOOK_SECRET === undefined ? null : (url) => void checkWebhookUrl(url, rules);
};
