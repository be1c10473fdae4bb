import { type Html, html } from '../html.ts';
import type { Alert } from '../prometheus-answers.ts';
import type { PrometheusApi } from '../prometheus-api.ts';
import { type DrawContext, drawPanel } from './draw-panel.ts';
import { type Dashboard, sections } from './model.ts';
import { type Choice, choices, replacements } from './variables.ts';
import type { Window } from './window.ts';

export interface DashboardView {
  readonly api: Pick<PrometheusApi, 'query' | 'queryRange' | 'queryExemplars'>;
  readonly window: Window;
  readonly alerts: readonly Alert[];
  /** Where traces can be looked at; absent where they can't. */
  readonly traces?: string | undefined;
  /** Values of the dashboard's variables, by name. */
  readonly chosen: Readonly<Record<string, string>>;
}

export interface DrawnDashboard {
  readonly body: Html;
  /** What can be chosen, and is. */
  readonly choices: readonly Choice[];
}

/** A dashboard from Prometheus' answers. A panel that can't be had says so in its place. */
export async function drawDashboard(dashboard: Dashboard, view: DashboardView): Promise<DrawnDashboard> {
  const { api, window, alerts, traces } = view;
  const chosen = await choices(dashboard, view.chosen, api);
  const context: DrawContext = { api, window, alerts, traces, variables: replacements(dashboard, chosen) };
  const drawn = await Promise.all(
    sections(dashboard).map(async ({ title, panels }) => {
      const top = Math.min(...panels.map(({ gridPos }) => gridPos.y));
      const articles = await Promise.all(panels.map((panel) => drawPanel(panel, top, context)));
      return html`${title !== '' && html`<h2>${title}</h2>`}<div class="panels">${articles}</div>`;
    }),
  );
  return { body: html`<section class="dashboard">${drawn}</section>`, choices: chosen };
}
