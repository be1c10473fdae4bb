import { type Html, html } from '../html.ts';
import type { Alert } from '../prometheus-answers.ts';
import { clockTime } from './scale.ts';

const RANK = { firing: 0, pending: 1 };

/**
 * Firing ones first, then those that have lasted longest.
 * @param linked whether the server that has the runbooks is there
 */
export function drawAlerts(alerts: readonly Alert[], linked: boolean): Html {
  const sorted = [...alerts].sort((a, b) => RANK[a.state] - RANK[b.state] || a.activeAtMs - b.activeAtMs);
  return html`<ul class="alerts">${sorted.map((alert) => drawAlert(alert, linked))}</ul>`;
}

function drawAlert({ name, state, labels, annotations, activeAtMs }: Alert, linked: boolean): Html {
  const { severity = '', ...rest } = labels;
  const where = Object.entries(rest).map(([label, value]) => `${label} ${value}`);
  const runbook = runbookPath(annotations.runbook_url);
  return html`<li class="${state} ${severity === 'page' && 'page'}"><b>${name}</b> <em>${state}${severity !== '' && `, ${severity}`}</em>
<span>${annotations.summary ?? where.join(', ')}</span>
<small>since ${clockTime(activeAtMs, true)}${where.map((text) => html` · ${text}`)}</small>
${annotations.description !== undefined && html`<p>${annotations.description}</p>`}${
  runbook !== null && (linked ? html`<a href="/${runbook}">Runbook</a>` : html`<code>${runbook}</code>`)
}</li>`;
}

/** Runbooks lie in the repository. */
export const runbookPath = (url: string | undefined): string | null =>
  url !== undefined && /^docs\/runbooks\/[\w-]+\.md$/.test(url) ? url : null;
