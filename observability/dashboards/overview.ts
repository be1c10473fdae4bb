import { dashboard } from './dashboard.ts';
import { lines, number, table } from './panels.ts';
import { quantile, rate, rise } from './queries.ts';

const FINAL = 'verbatim_final_seconds';
const FIRST = 'verbatim_first_partial_seconds';
const SERVER_FAULTS = 'code=~"unavailable|internal|no_capacity"';

export const overview = dashboard({
  name: 'overview',
  title: 'Overview',
  description: 'Whether callers get their words, in time, and whether there is room for more of them.',
  sections: [
    {
      title: 'What callers notice',
      panels: [
        number(
          'First words, p95',
          'From the first sound to the first words; usually 0.3 to 0.7 s. Above 1 s: see Latency by stage.',
          quantile(0.95, FIRST),
          { orange: 0.8, red: 1 },
          { unit: 's' },
        ),
        number(
          'Final text, p95',
          'From the last sound to the final text, 0.5 s of silence included; usually 0.6 to 0.8 s. Above 1 s: see Latency by stage.',
          quantile(0.95, FINAL),
          { orange: 0.8, red: 1 },
          { unit: 's' },
        ),
        number(
          'Errors of ours, share of sessions',
          'Errors that callers were told of and are not their fault, for each session opened; 0 is usual.',
          `${rise('verbatim_errors_total', [], SERVER_FAULTS)} / clamp_min(${rise('verbatim_sessions_opened_total')}, 1)`,
          { orange: 0.001, red: 0.01 },
          { unit: 'percentunit' },
        ),
        number(
          'Audio lost',
          'Seconds of audio that were dropped or lost before they were decoded, over the time shown; 0 is usual.',
          rise('verbatim_gap_seconds_total'),
          { red: 1 },
          { unit: 's' },
        ),
        number(
          'Slots in use',
          'Live sessions over what all transcribers can hold. Above 0.85: add transcribers, or let the autoscaler.',
          'sum(verbatim_sessions) / sum(verbatim_slots)',
          { orange: 0.7, red: 0.85 },
          { unit: 'percentunit' },
        ),
        number(
          'Refused sessions',
          'Sessions that were refused over the time shown, mostly for want of a free slot; 0 is usual.',
          rise('verbatim_sessions_refused_total'),
          { orange: 1, red: 10 },
        ),
        lines(
          'Final text',
          'From the last sound to the final text, 0.5 s of silence included. Points lead to traces.',
          [
            [quantile(0.5, FINAL), 'p50'],
            [quantile(0.95, FINAL), 'p95'],
            [quantile(0.99, FINAL), 'p99'],
          ],
          { unit: 's', exemplars: true },
        ),
        lines(
          'First words',
          'From the first sound to the first words. Points lead to traces.',
          [
            [quantile(0.5, FIRST), 'p50'],
            [quantile(0.95, FIRST), 'p95'],
            [quantile(0.99, FIRST), 'p99'],
          ],
          { unit: 's', exemplars: true },
        ),
        lines(
          'Errors told to callers',
          'By code and door. unavailable, internal and no_capacity are ours; the others are mistakes of callers.',
          [[rate('verbatim_errors_total', ['door', 'code']), '{{door}} {{code}}']],
          { unit: 'ops' },
        ),
        table(
          'Alerts',
          'What fires or is about to; the runbook of each is in docs/runbooks.',
          'ALERTS{alertname=~"Verbatim.*"}',
        ),
      ],
    },
    {
      title: 'Room',
      panels: [
        lines('Live sessions and slots', 'Sessions that transcribers have, beneath what they can hold.', [
          ['sum(verbatim_sessions)', 'sessions'],
          ['sum(verbatim_slots)', 'slots'],
          ['sum(verbatim_sessions_held)', 'held by doors'],
        ]),
        lines(
          'Sessions opened, refused, closed',
          'Each second. Refusals: see the runbook of VerbatimNoFreeSlots.',
          [
            [rate('verbatim_sessions_opened_total'), 'opened'],
            [rate('verbatim_sessions_refused_total', ['code']), 'refused {{code}}'],
            [rate('verbatim_sessions_closed_total', ['reason']), 'closed {{reason}}'],
          ],
          { unit: 'ops' },
        ),
        lines(
          'Processes up',
          'By job. Fewer than you run: a target is down.',
          [['sum by (job) (up{job=~"verbatim.*"})', '{{job}}']],
          { width: 8 },
        ),
        lines(
          'CPU',
          'Cores in use, by instance. Transcribers may use all that they have; doors should not.',
          [
            [
              'sum by (instance) (rate(process_cpu_seconds_total{job=~"verbatim.*"}[$__rate_interval]))',
              '{{instance}}',
            ],
          ],
          { width: 8 },
        ),
        lines(
          'Memory',
          'Resident, by instance. Steady after an hour; rising for hours is a leak.',
          [['sum by (instance) (process_resident_memory_bytes{job=~"verbatim.*"})', '{{instance}}']],
          { unit: 'bytes', width: 8 },
        ),
      ],
    },
  ],
});
