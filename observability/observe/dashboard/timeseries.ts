import { type Html, html } from '../html.ts';
import { thresholdSteps } from './colors.ts';
import { exemplarDots } from './exemplar-dots.ts';
import type { Panel } from './model.ts';
import { type PanelData, type PanelSeries, reduced } from './panel-data.ts';
import { drawPlot, inSquare, SIZE } from './plot.ts';
import { linearScale, logScale, type Scale } from './scale.ts';
import { formatValue } from './units.ts';
import type { Window } from './window.ts';

interface Line {
  readonly series: PanelSeries;
  readonly tops: readonly (number | null)[];
  /** Where the area below begins; null stands for 0. */
  readonly bases: readonly number[] | null;
}

/** Lines, areas and bars over time, stacked where the panel says so. */
export function drawTimeseries(panel: Panel, data: PanelData, window: Window, traces?: string): Html {
  const { defaults } = panel.fieldConfig;
  if (data.series.length === 0 && data.exemplars.length === 0) return noData(defaults.noValue);
  const lines = stacked(data.series, defaults.custom.stacking?.mode ?? 'none');
  const values = lines.flatMap(({ tops, bases }) => [...tops.filter((top) => top !== null), ...(bases ?? [])]);
  const scale = scaleFor(panel, values);
  const unit = defaults.unit ?? data.series[0]?.field.unit;
  return html`${drawPlot({
    window,
    yTicks: scale.ticks.map((tick) => ({ at: scale.at(tick), text: formatValue(tick, unit) })),
    // The first in the legend lies on top.
    picture: [...thresholdLines(panel, scale), ...lines.map((line) => drawLine(line, scale)).reverse()],
    dots: exemplarDots(data.exemplars, { window, unit, height: scale.at, traces }),
    told: data.series.map(({ name, color, values, field }) => ({
      ...{ name, color },
      values: values.map((value) => (value === null ? '' : formatValue(value, field.unit, field.decimals))),
    })),
    label: `${panel.title}: ${data.series.map(({ name }) => name).join(', ')}`,
  })}${drawLegend(panel, data.series)}`;
}

export const noData = (text = 'No data'): Html => html`<p class="nothing">${text}</p>`;

function scaleFor({ fieldConfig: { defaults } }: Panel, values: readonly number[]): Scale {
  const { type, log = 2 } = defaults.custom.scaleDistribution ?? { type: 'linear' };
  if (type === 'log') return logScale(values, log);
  const soft = defaults.custom.axisSoftMax;
  return linearScale(soft === undefined ? values : [...values, soft], {
    min: defaults.min,
    max: defaults.custom.stacking?.mode === 'percent' ? 1 : defaults.max,
  });
}

function stacked(series: readonly PanelSeries[], mode: 'none' | 'normal' | 'percent'): Line[] {
  if (mode === 'none') return series.map((one) => ({ series: one, tops: one.values, bases: null }));
  const totals = (series[0]?.values ?? []).map((_, i) => series.reduce((sum, { values }) => sum + (values[i] ?? 0), 0));
  const scaled = (value: number, i: number) => (mode === 'percent' ? value / (totals[i] || 1) : value);
  let below: readonly number[] = totals.map(() => 0);
  return series.map((one) => {
    const bases = below;
    const tops = one.values.map((value, i) => (value === null ? null : bases[i]! + scaled(value, i)));
    below = tops.map((top, i) => top ?? bases[i]!);
    return { series: one, tops, bases };
  });
}

function drawLine({ series, tops, bases }: Line, scale: Scale): Html {
  const { drawStyle, fillOpacity, lineWidth, lineStyle } = series.field.custom;
  const x = (i: number) => inSquare(tops.length === 1 ? 1 : i / (tops.length - 1));
  const y = (value: number) => inSquare(1 - Math.min(2, Math.max(-1, scale.at(value))));
  const base = (i: number) => Math.min(SIZE, y(bases === null ? 0 : bases[i]!));
  if (drawStyle === 'bars') {
    const half = (SIZE / tops.length) * 0.4;
    const bars = tops.map((top, i) =>
      top === null ? '' : `M${x(i) - half} ${base(i)}V${y(top)}H${x(i) + half}V${base(i)}Z`,
    );
    return html`<path class="bars" style="fill:${series.color}" d="${bars.join('')}"/>`;
  }
  const runs = runsOf(tops);
  const path = (run: readonly number[]) => run.map((i) => `${x(i)} ${y(tops[i]!)}`).join('L');
  // A single point has no line, but a round end.
  const strokes = runs.map((run) => `M${path(run)}${run.length === 1 ? 'h0' : ''}`).join('');
  const areas = runs.map(
    (run) =>
      `M${path(run)}L${[...run]
        .reverse()
        .map((i) => `${x(i)} ${base(i)}`)
        .join('L')}Z`,
  );
  const dashed = lineStyle?.fill === 'dash' || lineStyle?.fill === 'dot';
  return html`${
    fillOpacity > 0 &&
    html`<path class="fill" style="fill:${series.color};fill-opacity:${fillOpacity / 100}" d="${areas.join('')}"/>`
  }<path class="line${dashed && ' dashed'}" style="stroke:${series.color};stroke-width:${Math.max(1.5, lineWidth)}" d="${strokes}"/>`;
}

/** Indices of values that follow each other without a gap. */
function runsOf(values: readonly (number | null)[]): number[][] {
  const runs: number[][] = [];
  values.forEach((value, i) => {
    if (value === null || !Number.isFinite(value)) return;
    if (runs.at(-1)?.at(-1) === i - 1) runs.at(-1)!.push(i);
    else runs.push([i]);
  });
  return runs;
}

function thresholdLines({ fieldConfig: { defaults } }: Panel, scale: Scale): Html[] {
  if ((defaults.custom.thresholdsStyle?.mode ?? 'off') === 'off') return [];
  return thresholdSteps(defaults).flatMap(({ from, color }) => {
    const y = inSquare(1 - scale.at(from));
    if (!Number.isFinite(from) || color === null || y < 0) return [];
    return [html`<path class="threshold" style="stroke:${color}" d="M0 ${y}H${SIZE}"/>`];
  });
}

const NAMES: Record<string, string> = { lastNotNull: 'last', mean: 'mean', max: 'max', min: 'min', sum: 'sum' };

function drawLegend({ options }: Panel, series: readonly PanelSeries[]): Html | false {
  if (options.legend?.showLegend === false) return false;
  const calcs = options.legend?.calcs.length ? options.legend.calcs : ['lastNotNull'];
  return html`<ul class="legend">${series.map(({ name, color, values, field }) => {
    const figures = calcs.map((calc) => {
      const value = reduced(values, calc);
      const text = value === null ? '–' : formatValue(value, field.unit, field.decimals);
      return html` <b title="${NAMES[calc] ?? calc}">${text}</b>`;
    });
    return html`<li><i style="background:${color}"></i>${name}${figures}</li>`;
  })}</ul>`;
}
