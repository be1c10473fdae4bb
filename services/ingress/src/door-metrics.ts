import { type Metrics, type ObserveSeconds, secondsBetween, stageDurations } from '@verbatim/kit';
import type { JobMetrics } from './jobs/options.ts';
import type { Wait } from './session/latency-meter.ts';
import type { LiveSessions } from './session/live-sessions.ts';
import type { SessionMetrics } from './session/options.ts';

/** Fine where waits are usual: a silence of 0.5 s is part of a final's. */
const WAIT_SECONDS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 1, 1.5, 2, 3, 5, 10];

const DOORS = ['grpc', 'websocket', 'rest'];
/** Errors that no client has caused. */
const FAULTS_OF_OURS = ['unavailable', 'internal', 'no_capacity'];

/** Counters of the doors, by Prometheus' naming conventions; labels are bounded, and none names a session. */
export const countSessions = (metrics: Metrics): SessionMetrics => {
  const opened = metrics.counter('verbatim_sessions_opened_total', 'Sessions opened');
  const closed = metrics.counter('verbatim_sessions_closed_total', 'Sessions closed', ['reason']);
  const refused = metrics.counter(
    'verbatim_sessions_refused_total',
    'Sessions refused',
    ['code'],
    [{ code: 'no_capacity' }],
  );
  const resumed = metrics.counter('verbatim_sessions_resumed_total', 'Sessions resumed by their client');
  const detached = metrics.counter(
    'verbatim_sessions_detached_total',
    'Sessions that lost their client without an end',
  );
  const received = metrics.counter('verbatim_audio_received_seconds_total', 'Audio received');
  const dropped = metrics.counter('verbatim_audio_dropped_seconds_total', 'Audio dropped because decoding fell behind');
  const waits: Record<Wait['type'], ObserveSeconds<'door' | 'model'>> = {
    first_partial: metrics.durations(
      'verbatim_first_partial_seconds',
      'From the first sound of an utterance coming in to its first words going out',
      WAIT_SECONDS,
      ['door', 'model'],
    ),
    final: metrics.durations(
      'verbatim_final_seconds',
      'From the last sound of an utterance coming in to its final text going out, silence included',
      WAIT_SECONDS,
      ['door', 'model'],
    ),
  };
  const errors = metrics.counter(
    'verbatim_errors_total',
    'Errors that clients were told of',
    ['door', 'code'],
    DOORS.flatMap((door) => FAULTS_OF_OURS.map((code) => ({ door, code }))),
  );
  const slow = metrics.counter('verbatim_slow_readers_total', 'Clients detached because they did not read');
  return {
    opened: () => opened.inc(),
    closed: (reason) => closed.inc({ reason }),
    refused: (code) => refused.inc({ code }),
    resumed: () => resumed.inc(),
    detached: () => detached.inc(),
    received: (seconds) => received.inc(seconds),
    dropped: (seconds) => dropped.inc(seconds),
    slowReader: () => slow.inc(),
    waited: ({ type, from, to }, labels, traceId) => waits[type](labels, secondsBetween(from, to), traceId),
    stage: stageDurations(metrics),
    error: (code, door) => errors.inc({ door, code }),
  };
};

/** Counters of what the doors do for files. */
export const countUploads = (metrics: Metrics): JobMetrics => {
  const created = metrics.counter('verbatim_jobs_created_total', 'Jobs created');
  const uploaded = metrics.counter('verbatim_upload_bytes_total', 'Bytes of files taken in');
  const refused = metrics.counter(
    'verbatim_uploads_refused_total',
    'Uploads refused before their file came',
    ['code'],
    [{ code: 'no_capacity' }],
  );
  const cancelled = metrics.counter('verbatim_jobs_cancelled_total', 'Jobs cancelled');
  return {
    created: () => created.inc(),
    uploaded: (bytes) => uploaded.inc(bytes),
    refused: (code) => refused.inc({ code }),
    cancelled: () => cancelled.inc(),
  };
};

/** A gauge of the sessions that the doors hold, which is asked at each scrape. */
export const watchSessions = (metrics: Metrics, sessions: Pick<LiveSessions, 'size'>): void => {
  const help = 'Sessions that these doors hold, attached, detached or ending';
  metrics.gauge('verbatim_sessions_held', help, [], () => sessions.size);
};
