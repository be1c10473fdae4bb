import type { Exemplar, Labels } from '../prometheus-answers.ts';
import type { PrometheusApi } from '../prometheus-api.ts';
import { colorOfSeries } from './colors.ts';
import { fieldOf } from './field.ts';
import type { Field, Panel, PanelTarget } from './model.ts';
import { type Replacements, substituted } from './variables.ts';
import { timesOf, type Window } from './window.ts';

/** One line of a panel. */
export interface PanelSeries {
  readonly name: string;
  readonly refId: string;
  readonly labels: Labels;
  /** One for each step of the window, or a single one of an instant query; null where there is none. */
  readonly values: readonly (number | null)[];
  readonly field: Field;
  /** In CSS. */
  readonly color: string;
}

export interface PanelData {
  readonly series: readonly PanelSeries[];
  readonly exemplars: readonly Exemplar[];
}

export interface Context {
  readonly api: Pick<PrometheusApi, 'query' | 'queryRange' | 'queryExemplars'>;
  readonly window: Window;
  readonly variables: Replacements;
}

/** Asks for what a panel shows. @throws ObserveError with Prometheus' words. */
export async function loadPanel(panel: Panel, context: Context): Promise<PanelData> {
  const targets = panel.targets.filter(({ hide, expr }) => !hide && expr !== '');
  const answers = await Promise.all(targets.map((target) => loadTarget(target, context)));
  const found = answers.flatMap(({ series }) => series).map((series) => withField(panel, series));
  return {
    series: found.map((series, i) => ({ ...series, color: colorOfSeries(series.field, i) })),
    exemplars: answers.flatMap(({ exemplars }) => exemplars),
  };
}

type Found = Pick<PanelSeries, 'name' | 'refId' | 'labels' | 'values'>;

function withField(panel: Panel, found: Found): Omit<PanelSeries, 'color'> {
  const field = fieldOf(panel, found);
  return { ...found, name: field.displayName || found.name, field };
}

async function loadTarget(
  target: PanelTarget,
  { api, window, variables }: Context,
): Promise<{ series: Found[]; exemplars: readonly Exemplar[] }> {
  const expr = substituted(target.expr, variables, window);
  const instant = target.instant && target.range !== true;
  const [series, exemplars] = await Promise.all([
    instant
      ? api
          .query(expr, window.nowMs)
          .then((samples) => samples.map(({ labels, value }) => ({ labels, values: [value] })))
      : api.queryRange(expr, window).then((all) => {
          const times = timesOf(window);
          return all.map(({ labels, points }) => ({ labels, values: onSteps(points, times) }));
        }),
    target.exemplar && !instant ? api.queryExemplars(expr, window) : [],
  ]);
  return {
    series: series.map((one) => ({
      ...one,
      refId: target.refId,
      name: legend(target.legendFormat, one.labels, series.length, expr),
    })),
    exemplars,
  };
}

function onSteps(points: readonly (readonly [number, number])[], times: readonly number[]): (number | null)[] {
  const known = new Map(points);
  return times.map((at) => {
    const value = known.get(at);
    return value === undefined || Number.isNaN(value) ? null : value;
  });
}

/** The name of a series, as Grafana makes it. */
export function legend(format: string, labels: Labels, count: number, expr: string): string {
  if (format !== '' && format !== '__auto') {
    return format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? '');
  }
  const { __name__: name = '', ...rest } = labels;
  const pairs = Object.entries(rest).map(([label, value]) => `${label}="${value}"`);
  if (pairs.length === 0 || (format === '__auto' && count === 1)) return name || expr;
  return `${name}{${pairs.join(', ')}}`;
}

/** A series as one number, by a calculation that Grafana knows; null if it has no values. */
export function reduced(values: readonly (number | null)[], calculation = 'lastNotNull'): number | null {
  if (calculation === 'last') return values.at(-1) ?? null;
  const known = values.filter((value): value is number => value !== null && !Number.isNaN(value));
  if (known.length === 0) return null;
  return (CALCULATIONS[calculation] ?? CALCULATIONS.lastNotNull)!(known);
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

const CALCULATIONS: Record<string, (known: readonly number[]) => number> = {
  lastNotNull: (known) => known.at(-1)!,
  first: (known) => known[0]!,
  firstNotNull: (known) => known[0]!,
  min: (known) => Math.min(...known),
  max: (known) => Math.max(...known),
  sum,
  total: sum,
  mean: (known) => sum(known) / known.length,
  count: (known) => known.length,
  range: (known) => Math.max(...known) - Math.min(...known),
  delta: (known) => known.at(-1)! - known[0]!,
};
