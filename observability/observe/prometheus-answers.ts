import { z } from 'zod';

// The answers of Prometheus' HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/), times in milliseconds
// since 1970 and values as numbers.

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly atMs: number;
  readonly value: number;
}

export interface Series {
  readonly labels: Labels;
  /** Time in milliseconds since 1970, and value. */
  readonly points: readonly (readonly [atMs: number, value: number])[];
}

export interface Exemplar extends Sample {
  /** Labels of the series that it stands for; `labels` are its own, such as `trace_id`. */
  readonly series: Labels;
}

export interface Alert {
  readonly name: string;
  readonly state: 'pending' | 'firing';
  /** Without `alertname`. */
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly activeAtMs: number;
  readonly value: number;
}

export interface Rule {
  readonly group: string;
  readonly name: string;
  readonly type: 'alerting' | 'recording';
  readonly query: string;
  readonly health: string;
  /** What went wrong at its last evaluation; empty if nothing did. */
  readonly lastError: string;
  /** Of alerting rules. */
  readonly state?: 'inactive' | 'pending' | 'firing';
}

export interface TargetHealth {
  readonly job: string;
  readonly instance: string;
  readonly url: string;
  readonly health: 'up' | 'down' | 'unknown';
  readonly lastError: string;
}

/** Numbers travel as text, because JSON has no infinity. */
const number = z.string().transform((text, context) => {
  const value = Number(text.replace(/^([+-]?)Inf$/, '$1Infinity'));
  if (Number.isNaN(value) && text !== 'NaN') {
    context.addIssue({ code: 'custom', message: `"${text}" is not a number` });
    return z.NEVER;
  }
  return value;
});
const labels = z.record(z.string(), z.string());
const seconds = z.number().transform((value) => Math.round(value * 1000));
const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const point = z.tuple([seconds, number]);

export const instantAnswer = z
  .discriminatedUnion('resultType', [
    z.object({ resultType: z.literal('vector'), result: z.array(z.object({ metric: labels, value: point })) }),
    z.object({ resultType: z.literal('scalar'), result: point }),
  ])
  .transform((answer): Sample[] =>
    answer.resultType === 'scalar'
      ? [{ labels: {}, atMs: answer.result[0], value: answer.result[1] }]
      : answer.result.map(({ metric, value: [atMs, value] }) => ({ labels: metric, atMs, value })),
  );

export const rangeAnswer = z
  .object({ resultType: z.literal('matrix'), result: z.array(z.object({ metric: labels, values: z.array(point) })) })
  .transform(({ result }): Series[] => result.map(({ metric, values }) => ({ labels: metric, points: values })));

export const exemplarsAnswer = z
  .array(
    z.object({
      seriesLabels: labels,
      exemplars: z.array(z.object({ labels, value: number, timestamp: seconds })),
    }),
  )
  .transform((families): Exemplar[] =>
    families.flatMap(({ seriesLabels, exemplars }) =>
      exemplars.map(({ labels, value, timestamp }) => ({ series: seriesLabels, labels, value, atMs: timestamp })),
    ),
  );

export const alertsAnswer = z
  .object({
    alerts: z.array(
      z.object({ labels, annotations: labels, state: z.enum(['pending', 'firing']), activeAt: time, value: number }),
    ),
  })
  .transform(({ alerts }): Alert[] =>
    alerts.map(({ labels: { alertname = '', ...labels }, annotations, state, activeAt, value }) => ({
      ...{ name: alertname, state, labels, annotations },
      ...{ activeAtMs: activeAt, value },
    })),
  );

const rule = z.object({
  name: z.string(),
  type: z.enum(['alerting', 'recording']),
  query: z.string(),
  health: z.string(),
  lastError: z.string().default(''),
  state: z.enum(['inactive', 'pending', 'firing']).optional(),
});

export const rulesAnswer = z
  .object({ groups: z.array(z.object({ name: z.string(), rules: z.array(rule) })) })
  .transform(({ groups }): Rule[] =>
    groups.flatMap(({ name: group, rules }) =>
      rules.map(({ state, ...rest }) => ({ group, ...rest, ...(state && { state }) })),
    ),
  );

export const targetsAnswer = z
  .object({
    activeTargets: z.array(
      z.object({ labels, scrapeUrl: z.string(), health: z.enum(['up', 'down', 'unknown']), lastError: z.string() }),
    ),
  })
  .transform(({ activeTargets }): TargetHealth[] =>
    activeTargets.map(({ labels: { job = '', instance = '' }, scrapeUrl, health, lastError }) => ({
      ...{ job, instance, url: scrapeUrl, health, lastError },
    })),
  );
