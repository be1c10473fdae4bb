import type { Metrics } from '@verbatim/kit';
import type { SpeechRuntime } from '@verbatim/speech';
import type { SessionObserver } from './session-run.ts';
import type { Transcriber } from './transcriber.ts';

/** Counters of what transcribers publish, by Prometheus' naming conventions; labels are bounded, none names a session. */
export function countEvents(metrics: Metrics): SessionObserver {
  const events = metrics.counter('verbatim_events_total', 'Events published by transcribers', ['type']);
  const fenced = metrics.counter('verbatim_commits_fenced_total', 'Commits refused because the session had moved');
  return { onEvent: ({ type }) => events.inc({ type }), onFenced: () => fenced.inc() };
}

/** Gauges of a transcriber and its engine, which are asked at each scrape. */
export function watchTranscriber(metrics: Metrics, transcriber: Transcriber, runtime: SpeechRuntime): void {
  const gauge = (name: string, help: string, read: () => number) => metrics.gauge(name, help, [], read);
  gauge('verbatim_slots', 'Live sessions that this process can hold', () => transcriber.slots.size);
  gauge('verbatim_sessions', 'Live sessions', () => transcriber.slots.used);
  gauge('verbatim_job_slots', 'Sessions of jobs that this process can hold', () => transcriber.jobSlots.size);
  gauge('verbatim_job_sessions', 'Sessions of jobs', () => transcriber.jobSlots.used);
  gauge('verbatim_decodes_queued', 'Decodes that wait for a worker', () => runtime.stats().queued);
  gauge('verbatim_decode_load_ratio', 'Share of the decode workers in use', () => runtime.stats().load);
  gauge('verbatim_decode_batches', 'Batches decoded', () => runtime.stats().batches);
  gauge('verbatim_decode_rows', 'Stretches of speech decoded', () => runtime.stats().rows);
  gauge('verbatim_decode_worker_seconds', 'Time that workers decoded', () => runtime.stats().workerMs / 1000);
}
