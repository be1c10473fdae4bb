import { type Html, html } from '../html.ts';
import { exemplarDots } from './exemplar-dots.ts';
import type { Panel } from './model.ts';
import type { PanelData } from './panel-data.ts';
import { drawPlot, inSquare, SIZE } from './plot.ts';
import { noData } from './timeseries.ts';
import { formatValue } from './units.ts';
import type { Window } from './window.ts';

interface Bucket {
  /** Upper bound. */
  readonly le: number;
  /** What fell into it, and into no lower one, at each step. */
  readonly counts: readonly (number | null)[];
}

/** The shades of cells: as many as can be told apart. */
const SHADES = 8;

/** How a histogram's values are spread, over time. The series are its buckets, by `le`, each counting the lower ones, too. */
export function drawHeatmap(panel: Panel, data: PanelData, window: Window, traces?: string): Html {
  const buckets = used(separate(data));
  if (buckets.length === 0) return noData(panel.fieldConfig.defaults.noValue);
  const unit = panel.options.yAxis?.unit ?? panel.fieldConfig.defaults.unit;
  const most = Math.max(...buckets.flatMap(({ counts }) => counts.map((count) => count ?? 0)));
  const row = 1 / buckets.length;
  return drawPlot({
    window,
    yTicks: sparse(
      buckets.map(({ le }, i) => ({ at: (i + 1) * row, text: formatValue(le, unit) })),
      panel.gridPos.h,
    ),
    picture: buckets.flatMap(({ counts }, i) => drawRow(counts, i, row, most)),
    dots: exemplarDots(data.exemplars, { window, unit, height: (value) => heightOf(value, buckets), traces }),
    told: buckets
      .map(({ le, counts }, i) => ({
        name: `${formatValue(buckets[i - 1]?.le ?? 0, unit)} to ${formatValue(le, unit)}`,
        color: 'var(--heat)',
        values: counts.map((count) => (count === null || count === 0 ? '' : formatValue(count, 'short'))),
      }))
      .reverse(),
    label: `${panel.title}: values from ${formatValue(0, unit)} to ${formatValue(buckets.at(-1)!.le, unit)}`,
  });
}

/** Prometheus' buckets count the lower ones, too; rounding can make a difference a little less than 0. */
function separate({ series }: PanelData): Bucket[] {
  const sorted = series
    .flatMap(({ labels, name, values }) => {
      const le = Number((labels.le ?? name).replace('+Inf', 'Infinity'));
      return Number.isNaN(le) ? [] : [{ le, values }];
    })
    .sort((a, b) => a.le - b.le);
  return sorted.map(({ le, values }, i) => ({
    le,
    counts: values.map((value, at) => (value === null ? null : Math.max(0, value - (sorted[i - 1]?.values[at] ?? 0)))),
  }));
}

/** Without the empty buckets at both ends. */
function used(buckets: readonly Bucket[]): Bucket[] {
  const filled = buckets.map(({ counts }) => counts.some((count) => count !== null && count > 0));
  const first = filled.indexOf(true);
  return first === -1 ? [] : buckets.slice(Math.max(0, first - 1), filled.lastIndexOf(true) + 1);
}

/** Steps of a shade that follow each other are one rectangle. */
function drawRow(counts: readonly (number | null)[], index: number, row: number, most: number): Html[] {
  const width = SIZE / counts.length;
  const y = inSquare(1 - (index + 1) * row);
  const height = inSquare(row);
  const shades = counts.map((count) => (count ? Math.ceil(Math.sqrt(count / most) * SHADES) : 0));
  const cells: Html[] = [];
  for (let i = 0; i < shades.length; ) {
    let end = i + 1;
    while (end < shades.length && shades[end] === shades[i]) end += 1;
    const [x, w] = [Math.round(i * width * 10) / 10, Math.round((end - i) * width * 10) / 10];
    if (shades[i]! > 0) {
      cells.push(
        html`<rect class="cell" x="${x}" y="${y}" width="${w}" height="${height}" fill-opacity="${shades[i]! / SHADES}"/>`,
      );
    }
    i = end;
  }
  return cells;
}

function heightOf(value: number, buckets: readonly Bucket[]): number {
  const i = buckets.findIndex(({ le }) => value <= le);
  if (i === -1) return 1;
  const from = buckets[i - 1]?.le ?? 0;
  const to = buckets[i]!.le;
  const inside = Number.isFinite(to) && to > from ? Math.max(0, value - from) / (to - from) : 0.5;
  return (i + inside) / buckets.length;
}

/** As many labels as a panel of this height (in rows of the grid) has room for. */
function sparse<T>(ticks: readonly T[], gridHeight: number): T[] {
  const every = Math.ceil(ticks.length / Math.max(3, gridHeight));
  return ticks.filter((_, i) => (ticks.length - 1 - i) % every === 0);
}
