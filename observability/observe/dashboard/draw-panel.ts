import { type Html, html } from '../html.ts';
import type { Alert } from '../prometheus-answers.ts';
import { drawAlerts } from './alerts.ts';
import { drawBarGauge, drawGauge, drawStat } from './figures.ts';
import { drawHeatmap } from './heatmap.ts';
import type { Panel } from './model.ts';
import { type Context, loadPanel, type PanelData } from './panel-data.ts';
import { drawTable } from './table.ts';
import { drawTimeseries } from './timeseries.ts';

export interface DrawContext extends Context {
  readonly alerts: readonly Alert[];
  /** Where traces can be looked at; absent in a file that nobody serves. */
  readonly traces?: string | undefined;
}

type Draw = (panel: Panel, data: PanelData, context: DrawContext) => Html;

/** By Grafana's names. */
const KINDS: Record<string, Draw> = {
  timeseries: (panel, data, { window, traces }) => drawTimeseries(panel, data, window, traces),
  heatmap: (panel, data, { window, traces }) => drawHeatmap(panel, data, window, traces),
  stat: drawStat,
  gauge: drawGauge,
  bargauge: drawBarGauge,
  table: drawTable,
  text: ({ options }) => html`<div class="text">${paragraphs(options.content ?? '')}</div>`,
  alertlist: (_, __, { alerts, traces }) =>
    alerts.length === 0 ? html`<p class="nothing">No alerts</p>` : drawAlerts(alerts, traces !== undefined),
};

/** A panel with its frame, at its place in the grid of its section, which begins at row `top`. What goes wrong is said in its place. */
export async function drawPanel(panel: Panel, top: number, context: DrawContext): Promise<Html> {
  const { x, y, w, h } = panel.gridPos;
  const place = `grid-column:${x + 1}/span ${w};grid-row:${y - top + 1}/span ${h}`;
  const body = await drawBody(panel, context).catch(
    (error: unknown) =>
      html`<p class="wrong" role="alert">${error instanceof Error ? error.message : String(error)}</p>`,
  );
  return html`<article class="panel kind-${panel.type}" style="${place}">
<header><h3>${panel.title}</h3>${
    panel.description !== '' &&
    html`<span class="about" tabindex="0" role="note" aria-label="${panel.description}" data-tip="${panel.description}">i</span>`
  }</header>${body}</article>`;
}

async function drawBody(panel: Panel, context: DrawContext): Promise<Html> {
  const draw = KINDS[panel.type];
  const data = await loadPanel(panel, context);
  if (draw !== undefined) return draw(panel, data, context);
  return html`<p class="note">Panels of the kind “${panel.type}” are not drawn here; these are their values.</p>${drawTable(panel, data)}`;
}

/** Of Markdown, what reads well as it is, in paragraphs; `code` is set as such. */
const paragraphs = (text: string): Html[] =>
  text
    .split(/\n\s*\n/)
    .map(
      (paragraph) =>
        html`<p>${paragraph.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part))}</p>`,
    );
