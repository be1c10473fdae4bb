import { type ClaimQueue, sessionLane } from '@verbatim/bus';
import { secondsFromSamples } from '@verbatim/contracts';
import { type Metrics, stageDurations } from '@verbatim/kit';
import type { SpeechRuntime } from '@verbatim/speech';
import type { SessionObserver } from './session-run.ts';
import type { Transcriber } from './transcriber.ts';

/** Powers of two up to the largest batch. */
const BATCH_ROWS = [1, 2, 4, 8];
/** From one short row to a batch of long ones on a busy machine. */
const SECONDS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5];

/** Counters of what transcribers publish, by Prometheus' naming conventions; labels are bounded, none names a session. */
export function countEvents(metrics: Metrics): SessionObserver {
  const events = metrics.counter('verbatim_events_total', 'Events published by transcribers', ['type']);
  const fenced = metrics.counter('verbatim_commits_fenced_total', 'Commits refused because the session had moved');
  const takeovers = metrics.counter('verbatim_takeovers_total', 'Sessions taken over from another transcriber');
  const suppressed = metrics.counter(
    'verbatim_suppressed_total',
    'Utterances without words',
    ['reason'],
    ['empty', 'repetition', 'low_confidence', 'no_speech'].map((reason) => ({ reason })),
  );
  const gaps = metrics.counter(
    'verbatim_gap_seconds_total',
    'Audio that was lost before it was decoded',
    ['reason'],
    [{ reason: 'overflow' }, { reason: 'expired' }],
  );
  const observeStage = stageDurations(metrics);
  return {
    onEvent: (event) => {
      events.inc({ type: event.type });
      if (event.type === 'moved' && event.epoch > 1) takeovers.inc();
      if (event.type === 'suppressed') suppressed.inc({ reason: event.reason });
      if (event.type === 'gap') gaps.inc({ reason: event.reason }, secondsFromSamples(event.to - event.from));
    },
    onFenced: () => fenced.inc(),
    onFinal: (stages, final) => {
      for (const span of stages) observeStage(span, final);
    },
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
  const decodes = metrics.histogram('verbatim_decode_duration_seconds', 'Time of a batch in a worker', SECONDS, [
    'kind',
  ]);
  const waits = metrics.histogram('verbatim_decode_wait_seconds', 'Wait of a decode for a worker', SECONDS, ['kind']);
  runtime.observe(({ kind, audioSeconds, decodeMs, waitMs }) => {
    rows.observe({ kind }, waitMs.length);
    audio.inc({ kind }, audioSeconds);
    decodes.observe({ kind }, decodeMs / 1000);
    for (const ms of waitMs) waits.observe({ kind }, ms / 1000);
  });
}

/** How many sessions wait for a transcriber of `model` and how many are held, anywhere: what an autoscaler needs. */
export function watchClaims(metrics: Metrics, claims: Pick<ClaimQueue, 'depth'>, model: string): void {
  const help = 'Sessions that wait for a transcriber of the model, and those that one has, in all processes';
  metrics.gauges('verbatim_claims', help, ['model', 'kind', 'state'], async () => {
    const depths = await Promise.all(KINDS.map((kind) => claims.depth(sessionLane(model, kind))));
    return depths.flatMap(({ queued, active }, i) => {
      const labels = { model, kind: KINDS[i]! };
      return [
        { labels: { ...labels, state: 'queued' }, value: queued },
        { labels: { ...labels, state: 'active' }, value: active },
      ];
    });
  });
}

const KINDS = ['live', 'job'] as const;
