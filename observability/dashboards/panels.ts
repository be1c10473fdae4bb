import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  VisibilityMode,
} from '@grafana/grafana-foundation-sdk/common';
import { type Panel, ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  PanelBuilder as HeatmapBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

export type AnyPanel = Builder<Panel>;

/** Units by Grafana's names. */
export type Unit = 's' | 'short' | 'percentunit' | 'bytes' | 'ops' | 'Bps' | 'none';

/** A query and what its series are called; `{{label}}` is the value of a label. */
export type Query = readonly [expression: string, legend: string];

/** Of 24 columns. */
export interface Place {
  readonly width?: number;
  readonly height?: number;
}

/** From `orange` on worth a look, from `red` on worth an alert. */
export interface Limits {
  readonly orange?: number;
  readonly red: number;
}

/** Every panel asks the data source that its dashboard's variable names. */
export const datasource = { type: 'prometheus', uid: '$datasource' };

const query = ([expression, legend]: Query, exemplars = false): DataqueryBuilder =>
  new DataqueryBuilder().datasource(datasource).expr(expression).legendFormat(legend).range().exemplar(exemplars);

const thresholds = ({ orange, red }: Limits): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([
      { color: 'green', value: null },
      ...(orange === undefined ? [] : [{ color: 'orange', value: orange }]),
      { color: 'red', value: red },
    ]);

export interface LinesOptions extends Place {
  readonly unit?: Unit;
  /** One on top of the other: parts of a whole. */
  readonly stacked?: boolean;
  /** Shows exemplars: points that lead to traces. */
  readonly exemplars?: boolean;
  readonly max?: number;
}

/** Values over time. `description` says in a sentence what is usual and what to do where it is not. */
export const lines = (
  title: string,
  description: string,
  queries: readonly Query[],
  { unit = 'short', stacked = false, exemplars = false, max, width = 12, height = 8 }: LinesOptions = {},
): AnyPanel => {
  const panel = new TimeseriesBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .unit(unit)
    .min(0)
    .lineWidth(stacked ? 0 : 2)
    .fillOpacity(stacked ? 70 : 8)
    .showPoints(VisibilityMode.Never)
    .span(width)
    .height(height)
    .targets(queries.map((each) => query(each, exemplars)));
  if (stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  return max === undefined ? panel : panel.max(max);
};

/** One number: the latest value. */
export const number = (
  title: string,
  description: string,
  expression: string,
  limits: Limits | null,
  { unit = 'short', width = 4, height = 4 }: Place & { readonly unit?: Unit } = {},
): AnyPanel => {
  const panel = new StatBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .unit(unit)
    .colorMode(limits === null ? BigValueColorMode.None : BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.Area)
    .noValue('–')
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .span(width)
    .height(height)
    .withTarget(query([expression, '']));
  return limits === null ? panel : panel.thresholds(thresholds(limits));
};

/** How a histogram's observations lie over time; exemplars lead to the traces of single ones. */
export const heatmap = (
  title: string,
  description: string,
  expression: string,
  { width = 12, height = 8 }: Place = {},
): AnyPanel =>
  new HeatmapBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .calculate(false)
    .color(new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme('Spectral').steps(64).reverse(true))
    .unit('s')
    .span(width)
    .height(height)
    .withTarget(query([expression, '{{le}}'], true).format(PromQueryFormat.Heatmap));

/** The latest values as rows. */
export const table = (
  title: string,
  description: string,
  expression: string,
  { width = 12, height = 8 }: Place = {},
): AnyPanel =>
  new TableBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .span(width)
    .height(height)
    .withTarget(
      new DataqueryBuilder()
        .datasource(datasource)
        .expr(expression)
        .legendFormat('')
        .instant()
        .format(PromQueryFormat.Table),
    );
