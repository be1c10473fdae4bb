import type { Metrics } from '@verbatim/kit';
import type { JobMetrics } from './jobs/options.ts';
import type { LiveSessions } from './session/live-sessions.ts';
import type { SessionMetrics } from './session/options.ts';

/** Counters of the doors, by Prometheus' naming conventions; labels are bounded, and none names a session. */
export const countSessions = (metrics: Metrics): SessionMetrics => {
  const opened = metrics.counter('verbatim_sessions_opened_total', 'Sessions opened');
  const closed = metrics.counter('verbatim_sessions_closed_total', 'Sessions closed', ['reason']);
  const refused = metrics.counter('verbatim_sessions_refused_total', 'Sessions refused', ['code']);
  const resumed = metrics.counter('verbatim_sessions_resumed_total', 'Sessions resumed by their client');
  const detached = metrics.counter(
    'verbatim_sessions_detached_total',
    'Sessions that lost their client without an end',
  );
  const received = metrics.counter('verbatim_audio_received_seconds_total', 'Audio received');
  const dropped = metrics.counter('verbatim_audio_dropped_seconds_total', 'Audio dropped because decoding fell behind');
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
  };
};

/** Counters of what the doors do for files. */
export const countUploads = (metrics: Metrics): JobMetrics => {
  const created = metrics.counter('verbatim_jobs_created_total', 'Jobs created');
  const uploaded = metrics.counter('verbatim_upload_bytes_total', 'Bytes of files taken in');
  const refused = metrics.counter('verbatim_uploads_refused_total', 'Uploads refused before their file came', ['code']);
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
