import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { jobs } from './jobs.ts';
import { latency } from './latency.ts';
import { natsRedis } from './nats-redis.ts';
import { overview } from './overview.ts';
import { sessions } from './sessions.ts';

const BUILDERS: Readonly<Record<string, DashboardBuilder>> = {
  overview,
  latency,
  sessions,
  'nats-redis': natsRedis,
  jobs,
};

/** Every dashboard by the name of its file in json/, as the text of that file. */
export const dashboardFiles = (): Map<string, string> =>
  new Map(
    Object.entries(BUILDERS).map(([name, builder]) => [
      `${name}.json`,
      `${JSON.stringify(builder.build(), null, 2)}\n`,
    ]),
  );
