import { type Metrics, secondsBetween } from '@verbatim/kit';
import type { JobObserver } from './jobs/job-run.ts';
import type { MediaWorker } from './jobs/media-worker.ts';

/** From a short file to hours of audio. */
const DURATIONS = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200];
const WAITS = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 600, 1_800];
/** Codes of jobs that ffmpeg could not do. */
const OF_THE_DECODER: ReadonlySet<string> = new Set(['undecodable_audio', 'decoder_missing']);

/** Counts how jobs begin and end, by Prometheus' naming conventions; labels are bounded, and none names a job. */
export function countJobs(metrics: Metrics): JobObserver {
  const finished = metrics.counter(
    'verbatim_jobs_finished_total',
    'Jobs that ended by themselves',
    ['status', 'code'],
    [
      { status: 'completed', code: '' },
      ...['internal', 'upload_lost', 'decoder_missing', 'undecodable_audio'].map((code) => ({
        status: 'failed',
        code,
      })),
    ],
  );
  const audio = metrics.counter('verbatim_jobs_audio_seconds_total', 'Audio of completed jobs');
  const durations = metrics.histogram('verbatim_job_duration_seconds', 'From a job’s creation to its end', DURATIONS, [
    'status',
  ]);
  const waits = metrics.histogram('verbatim_job_wait_seconds', 'From a job’s creation to its first worker', WAITS);
  const failures = metrics.counter(
    'verbatim_ffmpeg_failures_total',
    'Files that no audio could be had from',
    ['code'],
    [...OF_THE_DECODER].map((code) => ({ code })),
  );
  return {
    onTaken: ({ createdAt, startedAt }) => waits.observe(secondsBetween(createdAt, startedAt)),
    onFinished: ({ outcome, createdAt, finishedAt }) => {
      const code = outcome.status === 'failed' ? outcome.failure.code : '';
      finished.inc({ status: outcome.status, code });
      if (outcome.status === 'completed') audio.inc(outcome.audioSeconds);
      durations.observe({ status: outcome.status }, secondsBetween(createdAt, finishedAt));
      if (OF_THE_DECODER.has(code)) failures.inc({ code });
    },
  };
}

/** Gauges of a media worker, which are asked at each scrape. */
export function watchMedia(metrics: Metrics, worker: MediaWorker): void {
  metrics.gauge('verbatim_media_slots', 'Files that this process decodes at a time', [], () => worker.slots.size);
  metrics.gauge('verbatim_media_files', 'Files that this process decodes now', [], () => worker.slots.used);
}
