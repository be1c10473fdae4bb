import { dashboard } from './dashboard.ts';
import { heatmap, lines } from './panels.ts';
import { quantile, rate } from './queries.ts';

const STAGE = 'verbatim_stage_duration_seconds';
const STORE = 'verbatim_store_duration_seconds';

export const natsRedis = dashboard({
  name: 'nats-redis',
  title: 'NATS and Redis',
  description: 'How the two servers that everything goes through look from Verbatim’s side.',
  sections: [
    {
      title: 'Links',
      panels: [
        lines(
          'NATS',
          '1 while it can be used, by instance. 0 everywhere: NATS itself; 0 at one: its network.',
          [['min by (instance) (verbatim_nats_up)', '{{instance}}']],
          { max: 1 },
        ),
        lines(
          'Redis',
          '1 while it can be used, by instance. 0 everywhere: Redis itself; 0 at one: its network.',
          [['min by (instance) (verbatim_redis_up)', '{{instance}}']],
          { max: 1 },
        ),
      ],
    },
    {
      title: 'NATS',
      panels: [
        lines(
          'Into the audio log',
          'p50 and p95 of the stage receive, by ingress: 1 to 60 ms, as chunks are gathered.',
          [
            [quantile(0.5, STAGE, ['instance'], 'stage="receive"'), 'p50 {{instance}}'],
            [quantile(0.95, STAGE, ['instance'], 'stage="receive"'), 'p95 {{instance}}'],
          ],
          { unit: 's' },
        ),
        lines(
          'Out of the audio log',
          'p50 and p95 of the stage queue, by transcriber: some ms.',
          [
            [quantile(0.5, STAGE, ['instance'], 'stage="queue"'), 'p50 {{instance}}'],
            [quantile(0.95, STAGE, ['instance'], 'stage="queue"'), 'p95 {{instance}}'],
          ],
          { unit: 's' },
        ),
        lines('Claims waiting', 'Sessions that no transcriber has taken yet; 0 but for moments.', [
          ['max by (model, kind) (verbatim_claims{state="queued"})', '{{model}} {{kind}}'],
        ]),
        lines(
          'Takeovers',
          'Each second: claims that moved because heartbeats were missed, or a transcriber was replaced.',
          [[rate('verbatim_takeovers_total'), 'takeovers']],
          { unit: 'ops' },
        ),
      ],
    },
    {
      title: 'Redis',
      panels: [
        lines(
          'Calls, p95',
          'By operation; 1 to 5 ms is usual. All slow: Redis or the way to it; one slow: a large session.',
          [[quantile(0.95, STORE, ['operation']), '{{operation}}']],
          { unit: 's' },
        ),
        lines(
          'Calls that failed',
          'Each second, by operation; 0 is usual.',
          [[rate('verbatim_store_errors_total', ['operation']), '{{operation}}']],
          { unit: 'ops' },
        ),
        heatmap(
          'Commits',
          'How long a commit takes, all of them.',
          rate(`${STORE}_bucket`, ['le'], 'operation="commit"'),
        ),
        lines('Calls', 'Each second, by operation.', [[rate(`${STORE}_count`, ['operation']), '{{operation}}']], {
          unit: 'ops',
        }),
        lines(
          'p95 by instance',
          'All calls. One instance alone: its network or its CPU.',
          [[quantile(0.95, STORE, ['instance']), '{{instance}}']],
          { unit: 's' },
        ),
        lines(
          'Fenced commits',
          'Each second: refused because the session had moved. More than takeovers: two think that they own a session.',
          [[rate('verbatim_commits_fenced_total'), 'fenced']],
          { unit: 'ops' },
        ),
      ],
    },
  ],
});
