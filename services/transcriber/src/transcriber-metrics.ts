import { secondsFromSamples } from '@verbatim/contracts';
import { type Metrics, stageDurations } from '@verbatim/kit';
import type { SpeechRuntime } from '@verbatim/speech';
import type { SessionObserver } from './session-run.ts';
import type { Transcriber } from './transcriber.ts';

/** Powers of two up to the largest batch. */
const BATCH_ROWS = [1, 2, 4, 8];

/** Counters of what transcribers publish, by Prometheus' naming conventions; labels are bounded, none names a session. */
export function countEvents(metrics: Metrics): SessionObserver {
  const events = metrics.counter('verbatim_events_total', 'Events published by transcribers', ['type']);
  const fenced = metrics.counter('verbatim_commits_fenced_total', 'Commits refused because the session had moved');
  const takeovers = metrics.counter('verbatim_takeovers_total', 'Sessions taken over from another transcriber');
  const suppressed = metrics.counter('verbatim_suppressed_total', 'Utterances without words', ['reason']);
  const gaps = metrics.counter('verbatim_gap_seconds_total', 'Audio that was lost before it was decoded', ['reason']);
  const stages = stageDurations(metrics);
  return {
    onEvent: (event) => {
      events.inc({ type: event.type });
      if (event.type === 'moved' && event.epoch > 1) takeovers.inc();
      if (event.type === 'suppressed') suppressed.inc({ reason: event.reason });
      if (event.type === 'gap') gaps.inc({ reason: event.reason }, secondsFromSamples(event.to - event.from));
    },
    onFenced: () => fenced.inc(),
    onCommitted: (ms) => stages.observe({ stage: 'commit' }, ms / 1000),
  };
}

/** What a transcriber has and does, asked at each scrape, and how its engine decodes. */
export function watchTranscriber(
  metrics: Metrics,
  transcriber: Pick<Transcriber, 'slots' | 'jobSlots' | 'lagSeconds'>,
  runtime: Pick<SpeechRuntime, 'stats' | 'observe'>,
): void {
  const gauge = (name: string, help: string, read: () => number) => metrics.gauge(name, help, [], read);
  gauge('verbatim_slots', 'Live sessions that this process can hold', () => transcriber.slots.size);
  gauge('verbatim_sessions', 'Live sessions', () => transcriber.slots.used);
  gauge('verbatim_job_slots', 'Sessions of jobs that this process can hold', () => transcriber.jobSlots.size);
  gauge('verbatim_job_sessions', 'Sessions of jobs', () => transcriber.jobSlots.used);
  gauge('verbatim_lag_seconds', 'The most that any live session is behind', () => transcriber.lagSeconds);
  gauge('verbatim_decodes_queued', 'Decodes that wait for a worker', () => runtime.stats().queued);
  gauge('verbatim_decode_load_ratio', 'Share of the decode workers in use', () => runtime.stats().load);
  const rows = metrics.histogram('verbatim_decode_batch_rows', 'Rows of a decoded batch', BATCH_ROWS, ['kind']);
  const audio = metrics.counter('verbatim_decoded_audio_seconds_total', 'Audio decoded', ['kind']);
  const busy = metrics.counter('verbatim_decode_seconds_total', 'Time that workers decoded', ['kind']);
  const stages = stageDurations(metrics);
  runtime.observe(({ kind, audioSeconds, decodeMs, waitMs }) => {
    rows.observe({ kind }, waitMs.length);
    audio.inc({ kind }, audioSeconds);
    busy.inc({ kind }, decodeMs / 1000);
    if (kind !== 'final' && kind !== 'speculative') return;
    for (const ms of waitMs) {
      stages.observe({ stage: 'buffer' }, ms / 1000);
      stages.observe({ stage: 'decode' }, decodeMs / 1000);
    }
  });
}
