import { isFinished } from '@verbatim/contracts';
import { jsonTranscript, type Transcript } from '@verbatim/formats';
import type { JobRecord } from '@verbatim/sessions';

/** A job as JSON has it, without its text. */
export const jobBody = (job: JobRecord) => ({
  job_id: job.spec.jobId,
  status: job.status,
  progress: Math.round(job.progress * 1_000) / 1_000,
  model: job.spec.model,
  task: job.spec.task,
  file_name: job.spec.upload.fileName,
  file_bytes: job.spec.upload.bytes,
  channels: job.spec.channels,
  created_at: new Date(job.createdAt).toISOString(),
  started_at: isoOrNull(job.startedAt),
  finished_at: isoOrNull(job.finishedAt),
  audio: job.media && {
    container: job.media.container,
    codec: job.media.codec,
    sample_rate_hertz: job.media.sampleRateHertz,
    channel_count: job.media.channelCount,
    duration: job.audioSeconds ?? job.media.durationSeconds,
  },
  warnings: job.warnings,
  webhook: job.webhook,
  ...(job.failure && { error: job.failure }),
});

/** The same with its text, where it is completed. */
export const jobWithResult = (job: JobRecord, transcript: Transcript | null) => ({
  ...jobBody(job),
  ...(transcript && { result: jsonTranscript(transcript) }),
});

/** How a job is, in a sentence, for who asks for text that is not there. */
export const whyNoResult = (job: JobRecord): string => {
  const { jobId } = job.spec;
  if (job.failure !== null) return `The job "${jobId}" failed: ${job.failure.message}`;
  if (isFinished(job.status)) return `The job "${jobId}" is ${job.status}; it has no result.`;
  return `The job "${jobId}" is ${job.status} (${Math.round(job.progress * 100)}%); ask again when it is completed.`;
};

const isoOrNull = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
