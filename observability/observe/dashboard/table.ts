import { z } from 'zod';
import { type Html, html } from '../html.ts';
import type { Labels } from '../prometheus-answers.ts';
import { fieldOf } from './field.ts';
import { shownValue } from './figures.ts';
import type { Field, Panel } from './model.ts';
import { type PanelData, type PanelSeries, reduced } from './panel-data.ts';
import { noData } from './timeseries.ts';

interface Column {
  readonly title: string;
  cell(row: Row): Html;
  readonly figures: boolean;
}

interface Row {
  readonly labels: Labels;
  /** By the name of the target that they come from. */
  readonly values: Map<string, number | null>;
}

const organize = z.object({
  excludeByName: z.record(z.string(), z.boolean()).default({}),
  renameByName: z.record(z.string(), z.string()).default({}),
  indexByName: z.record(z.string(), z.number()).default({}),
});
type Organize = z.output<typeof organize>;

/** Series with the same labels are one row, with a column for each label and each target. */
export function drawTable(panel: Panel, { series }: PanelData): Html {
  if (series.length === 0) return noData(panel.fieldConfig.defaults.noValue);
  const rows = rowsOf(series);
  const columns = columnsOf(panel, series, rows);
  return html`<div class="table"><table><thead><tr>${columns.map(
    ({ title, figures }) => html`<th scope="col"${figures && html` class="figure"`}>${title}</th>`,
  )}</tr></thead><tbody>${rows.map((row) => html`<tr>${columns.map(({ cell }) => cell(row))}</tr>`)}</tbody></table></div>`;
}

function rowsOf(series: readonly PanelSeries[]): Row[] {
  const rows = new Map<string, Row>();
  for (const { labels, refId, values } of series) {
    const { __name__: _, ...rest } = labels;
    const key = JSON.stringify(Object.entries(rest).sort());
    const row = rows.get(key) ?? { labels: rest, values: new Map() };
    row.values.set(refId, reduced(values));
    rows.set(key, row);
  }
  return [...rows.values()];
}

function columnsOf(panel: Panel, series: readonly PanelSeries[], rows: readonly Row[]): Column[] {
  const refIds = [...new Set(series.map(({ refId }) => refId))];
  const order = organizeOf(panel);
  const labels = [...new Set(rows.flatMap(({ labels }) => Object.keys(labels)))];
  const named = [
    ...labels.map((label) => ({ name: label, column: labelColumn(label) })),
    ...refIds.map((refId) => {
      const name = refIds.length === 1 ? 'Value' : `Value #${refId}`;
      return { name, column: valueColumn(panel, name, refId, order.renameByName[name]) };
    }),
  ];
  return named
    .filter(({ name }) => order.excludeByName[name] !== true)
    .sort((a, b) => (order.indexByName[a.name] ?? named.length) - (order.indexByName[b.name] ?? named.length))
    .map(({ name, column }) => ({ ...column, title: order.renameByName[name] || column.title }));
}

/** What transformations say of the columns; the others do what is done here anyway, or are not done. */
function organizeOf({ transformations }: Panel): Organize {
  const given = transformations.find(({ id }) => id === 'organize')?.options;
  const parsed = organize.safeParse(given ?? {});
  return parsed.success ? parsed.data : organize.parse({});
}

const labelColumn = (label: string): Column => ({
  title: label,
  figures: false,
  cell: ({ labels }) => html`<td>${labels[label] ?? ''}</td>`,
});

function valueColumn(panel: Panel, name: string, refId: string, renamed: string | undefined): Column {
  const byOwn = fieldOf(panel, { name, refId });
  const field: Field = renamed ? fieldOf(panel, { name: renamed, refId }) : byOwn;
  return {
    title: field.displayName || name,
    figures: true,
    cell: ({ values }) => {
      const { text, color } = shownValue(field, values.get(refId) ?? null);
      return html`<td class="figure" style="color:${color}">${text}</td>`;
    },
  };
}
