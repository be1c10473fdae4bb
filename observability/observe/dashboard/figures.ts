import { type Html, html } from '../html.ts';
import { mapped, thresholdColor, thresholdSteps } from './colors.ts';
import type { Field, Panel } from './model.ts';
import { type PanelData, type PanelSeries, reduced } from './panel-data.ts';
import { inSquare, percent, SIZE } from './plot.ts';
import { linearScale } from './scale.ts';
import { noData } from './timeseries.ts';
import { formatValue } from './units.ts';

/** A value as it is written, and the colour that mappings or thresholds give it, or else `plain`. */
export function shownValue(field: Field, value: number | null, plain = 'var(--text)'): { text: string; color: string } {
  if (value === null) return { text: field.noValue ?? '–', color: 'var(--text-quiet)' };
  const { text, color } = mapped(field, value);
  const fixed = field.color?.mode === 'fixed' ? null : thresholdColor(field, value);
  return {
    text: text ?? formatValue(value, field.unit, field.decimals),
    color: color ?? fixed ?? plain,
  };
}

const valueFor = ({ options }: Panel, { values }: PanelSeries): number | null =>
  reduced(values, options.reduceOptions?.calcs[0]);

/** One number for each series, large; with its course behind it where the panel says so. */
export function drawStat(panel: Panel, { series }: PanelData): Html {
  if (series.length === 0) return noData(panel.fieldConfig.defaults.noValue);
  const { colorMode = 'value', graphMode = 'none', textMode = 'auto' } = panel.options;
  return html`<div class="stats">${series.map((one) => {
    const { text, color } = shownValue(one.field, valueFor(panel, one));
    const named = textMode === 'value_and_name' || textMode === 'name' || (textMode === 'auto' && series.length > 1);
    const filled = colorMode.startsWith('background');
    const style = colorMode === 'none' ? '' : `--stat:${color}`;
    return html`<div class="stat${filled && ' filled'}" style="${style}">${
      graphMode === 'area' && course(one)
    }${named && html`<span class="name">${one.name}</span>`}<strong>${text}</strong></div>`;
  })}</div>`;
}

/** The series as a small area, without axes. */
function course({ values, field }: PanelSeries): Html | null {
  const known = values.flatMap((value, i) => (value === null ? [] : [{ value, i }]));
  if (known.length < 2) return null;
  const scale = linearScale(
    known.map(({ value }) => value),
    { min: field.min, max: field.max },
  );
  const x = (i: number) => inSquare(i / (values.length - 1));
  const points = known.map(({ value, i }) => `${x(i)} ${inSquare(1 - scale.at(value))}`).join('L');
  const [first, last] = [x(known[0]!.i), x(known.at(-1)!.i)];
  return html`<svg class="course" viewBox="0 0 ${SIZE} ${SIZE}" preserveAspectRatio="none" aria-hidden="true"><path d="M${points}L${last} ${SIZE}L${first} ${SIZE}Z"/></svg>`;
}

/** Ends of a gauge where the panel gives none, as Grafana has them. */
const endsOf = ({ min, max, unit }: Field) => ({ min: min ?? 0, max: max ?? (unit === 'percentunit' ? 1 : 100) });

const RADIUS = 80;

/** A half circle that fills up, one for each series. */
export function drawGauge(panel: Panel, { series }: PanelData): Html {
  if (series.length === 0) return noData(panel.fieldConfig.defaults.noValue);
  return html`<div class="stats">${series.map((one) => {
    const value = valueFor(panel, one);
    const { min, max } = endsOf(one.field);
    const { text, color } = shownValue(one.field, value, 'var(--accent)');
    const part = value === null ? 0 : Math.min(1, Math.max(0, (value - min) / (max - min)));
    const marks = thresholdSteps({ ...one.field, min, max }).filter(({ from }) => from > min && from < max);
    return html`<div class="gauge" style="--stat:${color}"><svg viewBox="-100 -100 200 110" role="img" aria-label="${one.name}: ${text}">
<path class="track" d="${arc(0, 1, RADIUS)}"/>${part > 0 && html`<path class="fill" d="${arc(0, part, RADIUS)}"/>`}${marks.map(
      ({ from, color: mark }) => {
        const at = (from - min) / (max - min);
        return html`<path class="mark" style="stroke:${mark ?? 'var(--text-quiet)'}" d="${arc(Math.max(0, at - 0.006), Math.min(1, at + 0.006), RADIUS + 14)}"/>`;
      },
    )}<text y="-8">${text}</text></svg>${series.length > 1 && html`<span class="name">${one.name}</span>`}</div>`;
  })}</div>`;
}

/** Of the upper half circle from its left (0) to its right end (1). */
function arc(from: number, to: number, radius: number): string {
  const point = (part: number) =>
    `${Math.round(-Math.cos(part * Math.PI) * radius * 100) / 100} ${Math.round(-Math.sin(part * Math.PI) * radius * 100) / 100}`;
  return `M${point(from)}A${radius} ${radius} 0 0 1 ${point(to)}`;
}

/** A bar for each series. */
export function drawBarGauge(panel: Panel, { series }: PanelData): Html {
  if (series.length === 0) return noData(panel.fieldConfig.defaults.noValue);
  const values = series.map((one) => valueFor(panel, one));
  const most = Math.max(...values.map((value) => value ?? 0), 0);
  return html`<div class="bar-gauge">${series.map(({ name, field }, i) => {
    const { text, color } = shownValue(field, values[i]!, 'var(--accent)');
    const { min, max = most } = { min: field.min ?? 0, max: field.max ?? most };
    const part = max > min ? Math.min(1, Math.max(0, ((values[i] ?? min) - min) / (max - min))) : 0;
    return html`<span>${name}</span><div class="track"><div style="width:${percent(part)};background:${color}"></div></div><strong>${text}</strong>`;
  })}</div>`;
}
