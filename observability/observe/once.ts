import { writeFile } from 'node:fs/promises';
import { drawDashboard } from './dashboard/draw-dashboard.ts';
import { readDashboards } from './dashboard/read-dashboards.ts';
import { windowUntil } from './dashboard/window.ts';
import { script, styleSheet } from './page/assets.ts';
import { drawStatic } from './page/layout.ts';
import type { PrometheusApi } from './prometheus-api.ts';

export interface OnceOptions {
  readonly prometheus: PrometheusApi;
  readonly dashboardFolder: string;
  readonly scrapeMs: number;
  readonly rangeMs: number;
}

/** All dashboards as they are now, in one file that needs no other. */
export async function writeOnce(file: string, { prometheus, dashboardFolder, scrapeMs, rangeMs }: OnceOptions) {
  const nowMs = Date.now();
  const window = windowUntil(nowMs, rangeMs, scrapeMs);
  const [dashboards, alerts, targets, css, js] = await Promise.all([
    readDashboards(dashboardFolder),
    prometheus.alerts(),
    prometheus.targets(),
    styleSheet(),
    script(),
  ]);
  const drawn = [];
  // One after the other: there is no hurry, and Prometheus may be somebody's.
  for (const dashboard of dashboards) {
    const { body } = await drawDashboard(dashboard, { api: prometheus, window, alerts, chosen: {} });
    drawn.push({ title: dashboard.title, body });
  }
  const frame = { alerts, targets, nowMs, prometheusUrl: prometheus.url };
  await writeFile(file, `${drawStatic(frame, drawn, { css, js })}\n`);
}
