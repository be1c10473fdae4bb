import { type JobSpec, jobSessionId, type SessionSpec } from '@verbatim/contracts';

/** The session that transcribes `channel` of a job: no partials, and audio that may wait. */
export const sessionOfJob = (job: JobSpec, channel: number): SessionSpec => ({
  sessionId: jobSessionId(job.jobId, channel),
  tenant: job.tenant,
  kind: 'job',
  model: job.model,
  encoding: 'linear16',
  sampleRateHertz: 16_000,
  channelCount: 1,
  language: job.language,
  task: job.task,
  partialResults: false,
  silenceMs: job.silenceMs,
  maxUtteranceMs: job.maxUtteranceMs,
  prompt: job.prompt,
  overflow: 'block',
});
