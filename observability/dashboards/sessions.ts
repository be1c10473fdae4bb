import { dashboard } from './dashboard.ts';
import { lines } from './panels.ts';
import { mean, rate } from './queries.ts';

export const sessions = dashboard({
  name: 'sessions',
  title: 'Sessions and scaling',
  description: 'Who holds the sessions, how far transcribers are behind, and what the autoscaler goes by.',
  sections: [
    {
      title: 'Room',
      panels: [
        lines(
          'Claims',
          'Sessions that wait for a transcriber, and that one has, in all processes: what the autoscaler adds up.',
          [['max by (model, kind, state) (verbatim_claims)', '{{model}} {{kind}} {{state}}']],
        ),
        lines('Sessions by transcriber', 'Beneath its slots. Uneven is usual: who has room takes what comes.', [
          ['sum by (instance) (verbatim_sessions)', '{{instance}}'],
          ['sum by (instance) (verbatim_slots)', '{{instance}} slots'],
        ]),
        lines('Held by doors', 'Attached, detached or ending, by ingress.', [
          ['sum by (instance) (verbatim_sessions_held)', '{{instance}}'],
        ]),
        lines('Sessions of files', 'Beside the live ones, beneath their own slots.', [
          ['sum(verbatim_job_sessions)', 'sessions'],
          ['sum(verbatim_job_slots)', 'slots'],
        ]),
      ],
    },
    {
      title: 'Keeping up',
      panels: [
        lines(
          'Lag',
          'The most that any live session is behind, by transcriber; under 1 s is usual. Above 5 s callers are held back or lose audio.',
          [['max by (instance) (verbatim_lag_seconds)', '{{instance}}']],
          { unit: 's' },
        ),
        lines(
          'Load of the workers',
          'Share of the time that decode workers decode. Near 1: partials are thinned; then finals are late.',
          [['max by (instance) (verbatim_decode_load_ratio)', '{{instance}}']],
          { unit: 'percentunit', max: 1 },
        ),
        lines(
          'Decodes waiting',
          'For a worker, now; some, for moments, are usual. Many for long: too many sessions for the CPU.',
          [['sum by (instance) (verbatim_decodes_queued)', '{{instance}}']],
        ),
        lines(
          'Real-time factor',
          'Seconds of decoding for a second of audio, by kind. Rises with a slower CPU or a larger model.',
          [
            [
              `${rate('verbatim_decode_duration_seconds_sum', ['kind'])} / ${rate('verbatim_decoded_audio_seconds_total', ['kind'])}`,
              '{{kind}}',
            ],
          ],
        ),
        lines('Rows of a batch', 'Mean. Above 1 under load: sessions share decodes.', [
          [mean('verbatim_decode_batch_rows', ['kind']), '{{kind}}'],
        ]),
        lines(
          'Event loop',
          'p99 of its delay, by instance; 10 to 20 ms is usual. Above 200 ms: that process lacks CPU.',
          [['max by (instance) (nodejs_eventloop_lag_p99_seconds{job=~"verbatim.*"})', '{{instance}}']],
          { unit: 's' },
        ),
      ],
    },
    {
      title: 'What goes wrong',
      panels: [
        lines(
          'Audio dropped and lost',
          'Seconds of audio each second: dropped at doors by the caller’s choice, or lost before it was decoded.',
          [
            [rate('verbatim_audio_dropped_seconds_total'), 'dropped at doors'],
            [rate('verbatim_gap_seconds_total', ['reason']), 'gap {{reason}}'],
          ],
        ),
        lines(
          'Takeovers, fenced commits',
          'Each second. A few with every roll-out; steady means that transcribers die or stand still.',
          [
            [rate('verbatim_takeovers_total'), 'takeovers'],
            [rate('verbatim_commits_fenced_total'), 'fenced commits'],
          ],
          { unit: 'ops' },
        ),
        lines(
          'Connections lost and resumed',
          'Each second. Much more lost than resumed: callers do not come back.',
          [
            [rate('verbatim_sessions_detached_total'), 'lost'],
            [rate('verbatim_sessions_resumed_total'), 'resumed'],
            [rate('verbatim_slow_readers_total'), 'cut off, did not read'],
          ],
          { unit: 'ops' },
        ),
        lines(
          'Utterances without words',
          'Each second, by why the filters thought so. A rise with new callers: noise, music, or another language.',
          [[rate('verbatim_suppressed_total', ['reason']), '{{reason}}']],
          { unit: 'ops' },
        ),
        lines(
          'Events',
          'Each second, by type. Finals are what callers came for.',
          [[rate('verbatim_events_total', ['type']), '{{type}}']],
          { unit: 'ops' },
        ),
        lines('Audio received', 'Seconds of audio each second: as many as people send.', [
          [rate('verbatim_audio_received_seconds_total', ['instance']), '{{instance}}'],
        ]),
      ],
    },
  ],
});
