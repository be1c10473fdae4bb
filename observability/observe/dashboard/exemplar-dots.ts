import { type Html, html } from '../html.ts';
import type { Exemplar } from '../prometheus-answers.ts';
import { percent } from './plot.ts';
import { clockTime } from './scale.ts';
import { formatValue } from './units.ts';
import { share, type Window } from './window.ts';

export interface DotOptions {
  readonly window: Window;
  readonly unit: string | undefined;
  /** Of a value, 0 to 1 from the bottom. */
  readonly height: (value: number) => number;
  /** Where traces can be looked at; absent, dots are no links. */
  readonly traces?: string | undefined;
}

/** Dots of one part of a panel; more would hide the lines. */
const PER_COLUMN = 2;
const COLUMNS = 60;

/** A dot for each exemplar; of those that lie close together in time, the slowest. */
export function exemplarDots(exemplars: readonly Exemplar[], options: DotOptions): Html[] {
  const { window } = options;
  const columns = new Map<number, Exemplar[]>();
  const seen = new Set<string>();
  for (const exemplar of [...exemplars].sort((a, b) => b.value - a.value)) {
    const place = share(window, exemplar.atMs);
    // The same request is an exemplar of several series.
    const key = `${exemplar.labels.trace_id} ${exemplar.value}`;
    if (place < 0 || place > 1 || seen.has(key)) continue;
    seen.add(key);
    const column = Math.floor(place * COLUMNS);
    const those = columns.get(column) ?? [];
    if (those.length < PER_COLUMN) columns.set(column, [...those, exemplar]);
  }
  return [...columns.values()].flat().map((exemplar) => dot(exemplar, options));
}

/** Labels that tell what an exemplar is of, and not where it was counted. */
const QUIET = new Set(['__name__', 'le', 'job', 'instance']);

function dot({ series, labels, value, atMs }: Exemplar, { window, unit, height, traces }: DotOptions): Html {
  const at = height(value);
  const style = `left:${percent(share(window, atMs))};bottom:${percent(Math.min(1, Math.max(0, at)))}`;
  const told = Object.entries(series).flatMap(([label, text]) => (QUIET.has(label) ? [] : [`${label} ${text}`]));
  const trace = labels.trace_id ?? '';
  const title = [formatValue(value, unit), clockTime(atMs, true), ...told, ...(trace && [`trace ${trace}`])].join(', ');
  const kind = at > 1 ? 'dot beyond' : 'dot';
  if (traces === undefined || !/^[0-9a-f]{32}$/.test(trace)) {
    return html`<span class="${kind}" style="${style}" title="${title}"></span>`;
  }
  return html`<a class="${kind}" style="${style}" title="${title}" aria-label="${title}" href="${traces}/${trace}"></a>`;
}
