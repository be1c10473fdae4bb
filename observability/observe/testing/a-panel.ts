import { dashboardSchema, type Panel } from '../dashboard/model.ts';
import type { Context } from '../dashboard/panel-data.ts';
import type { Exemplar, Labels } from '../prometheus-answers.ts';

/** A panel as the JSON of a dashboard has it. */
export const aPanel = (type: string, part: Record<string, unknown> = {}): Panel =>
  dashboardSchema.parse({ uid: 'test', title: 'Test', panels: [{ type, targets: [{ expr: 'x' }], ...part }] })
    .panels[0]!;

export interface Answer {
  readonly labels: Labels;
  readonly values: readonly number[];
}

const STEP_MS = 5_000;

/** What panels are drawn with: a Prometheus that gives these series to every expression, on four steps. */
export function aContext(
  answers: readonly Answer[],
  exemplars: readonly Exemplar[] = [],
): Context & { asked: string[] } {
  const asked: string[] = [];
  const heard = <T>(expr: string, answer: T): Promise<T> => {
    asked.push(expr);
    return Promise.resolve(answer);
  };
  const at = (i: number) => i * STEP_MS;
  return {
    asked,
    variables: {},
    window: { fromMs: at(0), toMs: at(3), nowMs: at(3), stepMs: STEP_MS, scrapeMs: STEP_MS },
    api: {
      query: (expr) =>
        heard(
          expr,
          answers.map(({ labels, values }) => ({ labels, atMs: at(3), value: values.at(-1)! })),
        ),
      queryRange: (expr) =>
        heard(
          expr,
          answers.map(({ labels, values }) => ({ labels, points: values.map((value, i) => [at(i), value] as const) })),
        ),
      queryExemplars: () => Promise.resolve([...exemplars]),
    },
  };
}
