import { seriesColor } from '../dashboard/colors.ts';
import { percent } from '../dashboard/plot.ts';
import { niceTicks } from '../dashboard/scale.ts';
import { type Html, html } from '../html.ts';
import type { AttributeMap, AttributeValue, Span } from '../spans.ts';
import { duration, linkTo } from './pages.ts';
import { type Extent, extentOf, lengthOf, type TreeRow, tree } from './summaries.ts';

/** More than this nobody reads, and browsers draw slowly. */
const MOST_ROWS = 1_000;

interface Picture extends Extent {
  /** In the order of their first spans; each has a colour. */
  readonly services: readonly string[];
}

/**
 * The spans of a trace over time, with what is known of each.
 * @param isKept whether a trace can be looked at here
 */
export function drawTrace(id: string, spans: readonly Span[], isKept: (traceId: string) => boolean): Html {
  if (spans.length === 0) {
    return html`<section class="trace"><h2>Trace <code>${id}</code></h2>
<p>It is not here: it was never sent, has not arrived yet (spans come some seconds after they end), or was given up for later ones.</p></section>`;
  }
  const rows = tree(spans);
  const extent = extentOf(spans);
  const { startMs, ms, cutMs } = extent;
  const services = [...new Set(rows.map(({ span }) => span.service))];
  const picture = { ...extent, services };
  return html`<section class="trace"><h2>${rows[0]!.span.name} <small>${duration(ms + cutMs)}, ${count(spans.length, 'span')}, ${new Date(startMs - cutMs).toISOString()}, trace <code>${id}</code></small></h2>
<ul class="legend">${services.map((service, i) => html`<li><i style="background:${seriesColor(i)}"></i>${service}</li>`)}</ul>
${cutMs > 0 && html`<p>The first ${duration(cutMs)}, in which only “${rows[0]!.span.name}” was open, are left out.</p>`}<div class="waterfall"><div class="ticks" aria-hidden="true">${niceTicks(
    cutMs,
    cutMs + ms,
    5,
  ).map(
    (tick) => html`<span style="left:${percent((tick - cutMs) / ms)}">${duration(tick)}</span>`,
  )}</div>${rows.slice(0, MOST_ROWS).map((row) => drawRow(row, picture, isKept))}</div>
${rows.length > MOST_ROWS && html`<p>${count(rows.length - MOST_ROWS, 'more span')} are not shown.</p>`}</section>`;
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

function drawRow({ span, depth }: TreeRow, extent: Picture, isKept: (traceId: string) => boolean): Html {
  const at = (ms: number) => Math.min(1, Math.max(0, (ms - extent.startMs) / extent.ms));
  const from = at(span.startMs);
  const part = at(span.endMs) - from;
  const color = seriesColor(extent.services.indexOf(span.service));
  const failed = span.status.code === 'error';
  // Behind the bar where there is room, else before it.
  const label = from + part < 0.85 ? `left:${percent(from + part)}` : `right:${percent(1 - from)}`;
  return html`<details class="row${failed && ' failed'}" id="span-${span.spanId}"><summary>
<span class="name" style="padding-left:${depth * 1.1}em"><i style="background:${color}"></i>${span.name}</span>
<span class="track"><i style="left:${percent(from)};width:${percent(part)};background:${color}"></i>${span.events.map(
    ({ name, atMs }) =>
      html`<b style="left:${percent(at(atMs))}" title="${name}, after ${duration(atMs - span.startMs)}"></b>`,
  )}<em style="${label}">${duration(lengthOf(span))}</em></span></summary>${drawFacts(span, extent, isKept)}</details>`;
}

function drawFacts(span: Span, extent: Picture, isKept: (traceId: string) => boolean): Html {
  const { status, links, events } = span;
  const facts: [string, Html | string][] = [
    ['service', span.service],
    ['kind', span.kind],
    ['began', `after ${duration(span.startMs - extent.startMs + extent.cutMs)}`],
    ['took', duration(lengthOf(span))],
    ...(status.code === 'unset'
      ? []
      : [['status', [status.code, status.message].join(' ').trim()] as [string, string]]),
    ['span', span.spanId],
  ];
  return html`<div class="facts">${definitions(facts)}
${group('Attributes', span.attributes)}
${events.map(({ name, atMs, attributes }) => html`<h4>Event “${name}”, after ${duration(atMs - span.startMs)}</h4>${list(attributes)}`)}
${links.map(
  (link) =>
    html`<h4>Link to ${
      isKept(link.traceId)
        ? html`<a href="${linkTo(link)}">trace ${link.traceId}</a>`
        : html`trace ${link.traceId}, which is not here`
    }</h4>${list(link.attributes)}`,
)}
${group('Process', span.resource)}</div>`;
}

const group = (title: string, attributes: AttributeMap): Html | false =>
  Object.keys(attributes).length > 0 && html`<h4>${title}</h4>${list(attributes)}`;

const list = (attributes: AttributeMap): Html =>
  definitions(Object.entries(attributes).map(([key, value]) => [key, text(value)]));

const definitions = (pairs: readonly (readonly [string, Html | string])[]): Html =>
  html`<dl>${pairs.map(([key, value]) => html`<dt>${key}</dt><dd>${value}</dd>`)}</dl>`;

const text = (value: AttributeValue): string => (typeof value === 'string' ? value : JSON.stringify(value));
