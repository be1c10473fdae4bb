import type { Metrics } from '@verbatim/kit';
import type { JobOutcome } from '@verbatim/sessions';
import type { MediaWorker } from './jobs/media-worker.ts';

/** Counts how jobs end, by Prometheus' naming conventions; labels are bounded, and none names a job. */
export function countJobs(metrics: Metrics): (outcome: JobOutcome) => void {
  const finished = metrics.counter('verbatim_jobs_finished_total', 'Jobs that ended by themselves', ['status', 'code']);
  const audio = metrics.counter('verbatim_jobs_audio_seconds_total', 'Audio of completed jobs');
  return (outcome) => {
    finished.inc({ status: outcome.status, code: outcome.status === 'failed' ? outcome.failure.code : '' });
    if (outcome.status === 'completed') audio.inc(outcome.audioSeconds);
  };
}

/** Gauges of a media worker, which are asked at each scrape. */
export function watchMedia(metrics: Metrics, worker: MediaWorker): void {
  metrics.gauge('verbatim_media_slots', 'Files that this process decodes at a time', [], () => worker.slots.size);
  metrics.gauge('verbatim_media_files', 'Files that this process decodes now', [], () => worker.slots.used);
}
