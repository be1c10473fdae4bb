import type { SessionMetrics } from '@verbatim/ingress';
import type { Metrics } from '@verbatim/kit';
import type { SessionObserver } from '@verbatim/transcriber';
import type { Embedded } from './embedded.ts';

/** The counters of one process, and who feeds them. */
export interface SessionCounting {
  readonly doors: SessionMetrics;
  readonly observer: SessionObserver;
  /** Adds what is asked at each scrape. */
  watch(embedded: Embedded): void;
}

/** Metrics of sessions, by Prometheus' naming conventions; labels are bounded, and none names a session. */
export function countSessions(metrics: Metrics): SessionCounting {
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
  const events = metrics.counter('verbatim_events_total', 'Events published by transcribers', ['type']);
  const fenced = metrics.counter('verbatim_commits_fenced_total', 'Commits refused because the session had moved');
  return {
    doors: {
      opened: () => opened.inc(),
      closed: (reason) => closed.inc({ reason }),
      refused: (code) => refused.inc({ code }),
      resumed: () => resumed.inc(),
      detached: () => detached.inc(),
      received: (seconds) => received.inc(seconds),
      dropped: (seconds) => dropped.inc(seconds),
      slowReader: () => slow.inc(),
    },
    observer: { onEvent: ({ type }) => events.inc({ type }), onFenced: () => fenced.inc() },
    watch({ transcriber, runtime }) {
      const gauge = (name: string, help: string, read: () => number) => metrics.gauge(name, help, [], read);
      gauge('verbatim_slots', 'Live sessions that this process can hold', () => transcriber.slots.size);
      gauge('verbatim_sessions', 'Live sessions', () => transcriber.slots.used);
      gauge('verbatim_decodes_queued', 'Decodes that wait for a worker', () => runtime.stats().queued);
      gauge('verbatim_decode_load_ratio', 'Share of the decode workers in use', () => runtime.stats().load);
      gauge('verbatim_decode_batches', 'Batches decoded', () => runtime.stats().batches);
      gauge('verbatim_decode_rows', 'Stretches of speech decoded', () => runtime.stats().rows);
      gauge('verbatim_decode_worker_seconds', 'Time that workers decoded', () => runtime.stats().workerMs / 1000);
    },
  };
}
