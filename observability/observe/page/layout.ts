import { drawAlerts } from '../dashboard/alerts.ts';
import type { Dashboard } from '../dashboard/model.ts';
import { clockTime } from '../dashboard/scale.ts';
import type { Choice } from '../dashboard/variables.ts';
import { Html, html } from '../html.ts';
import type { Alert, TargetHealth } from '../prometheus-answers.ts';

/** Ranges that people choose from. */
export const RANGES = { '5m': 5, '15m': 15, '1h': 60, '6h': 360 } as const;
export type RangeName = keyof typeof RANGES;
export const DEFAULT_RANGE: RangeName = '5m';

export interface Frame {
  readonly title: string;
  readonly dashboards: readonly Pick<Dashboard, 'uid' | 'title'>[];
  /** The path of this page. */
  readonly here: string;
  readonly alerts: readonly Alert[];
  readonly targets: readonly TargetHealth[];
  readonly nowMs: number;
  readonly range: RangeName;
  /** Whether the page shows a range of time that can be chosen. */
  readonly ranged: boolean;
  /** Whether the page changes by itself. */
  readonly live: boolean;
  readonly choices: readonly Choice[];
  readonly prometheusUrl: string;
}

/** A page around its body; assets/observe.js fetches a live one again and again, and replaces what is in `main`. */
export function drawPage(frame: Frame, body: Html): Html {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${frame.title} – Verbatim</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/assets/observe.css">
<script type="module" src="/assets/observe.js"></script></head><body>
<header class="top"><h1>Verbatim</h1>${navigation(frame)}${frame.ranged && controls(frame)}</header>
<main${frame.live && html` data-live`}>${status(frame)}${alerts(frame.alerts, true)}${body}</main></body></html>`;
}

function navigation({ dashboards, here, range, ranged }: Frame): Html {
  const query = ranged && range !== DEFAULT_RANGE ? `?range=${range}` : '';
  const links = [...dashboards.map(({ uid, title }) => [`/d/${uid}`, title] as const), ['/traces', 'Traces'] as const];
  return html`<nav aria-label="Pages">${links.map(
    ([path, title]) =>
      html`<a href="${path}${path === '/traces' ? '' : query}"${here === path && html` aria-current="page"`}>${shortTitle(title)}</a>`,
  )}</nav>`;
}

/** The page says already whose dashboards they are. */
const shortTitle = (title: string): string => title.replace(/^Verbatim\s*[:/–-]?\s*/i, '') || title;

function controls({ range, choices }: Frame): Html {
  return html`<form class="controls">${choices.map(
    ({ name, label, options, chosen }) => html`<label>${label} <select name="var-${name}">
<option value="">all</option>${options.map(
      (option) => html`<option${option === chosen && html` selected`}>${option}</option>`,
    )}</select></label>`,
  )}<label>Last <select name="range">${Object.keys(RANGES).map(
    (name) => html`<option${name === range && html` selected`}>${name}</option>`,
  )}</select></label><noscript><button>Show</button></noscript></form>`;
}

function status({ targets, nowMs, prometheusUrl }: Pick<Frame, 'targets' | 'nowMs' | 'prometheusUrl'>): Html {
  const down = targets.filter(({ health }) => health === 'down');
  const up = targets.filter(({ health }) => health === 'up').length;
  const counted =
    targets.length === 0
      ? html`<b class="down">No processes to watch</b>`
      : html`<span>${up} of ${targets.length} processes answer</span>`;
  return html`<p class="status">${counted}${down.map(
    ({ instance, lastError }) => html` <b class="down" title="${lastError}">${instance} does not</b>`,
  )}<span>${clockTime(nowMs, true)}</span><a href="${prometheusUrl}">Prometheus</a></p>`;
}

const alerts = (all: readonly Alert[], linked: boolean): Html | false =>
  all.length > 0 && html`<section aria-label="Alerts">${drawAlerts(all, linked)}</section>`;

/** Everything in one file, to keep or to send: nothing in it is fetched. */
export function drawStatic(
  frame: Pick<Frame, 'alerts' | 'targets' | 'nowMs' | 'prometheusUrl'>,
  dashboards: readonly { readonly title: string; readonly body: Html }[],
  assets: { readonly css: string; readonly js: string },
): Html {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Verbatim, ${new Date(frame.nowMs).toISOString()}</title><link rel="icon" href="data:,">
<style>${new Html(assets.css)}</style><script type="module">${new Html(assets.js)}</script></head><body>
<header class="top"><h1>Verbatim</h1><nav aria-label="Dashboards">${dashboards.map(
    ({ title }, i) => html`<a href="#dashboard-${i}">${shortTitle(title)}</a>`,
  )}</nav></header>
<main>${status(frame)}${alerts(frame.alerts, false)}${dashboards.map(
    ({ title, body }, i) => html`<h1 class="dashboard-title" id="dashboard-${i}">${title}</h1>${body}`,
  )}</main></body></html>`;
}
