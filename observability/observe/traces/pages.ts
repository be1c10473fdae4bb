import { seriesColor } from '../dashboard/colors.ts';
import { percent } from '../dashboard/plot.ts';
import { clockTime } from '../dashboard/scale.ts';
import { formatValue } from '../dashboard/units.ts';
import { type Html, html } from '../html.ts';
import type { Span } from '../spans.ts';
import { lengthOf, operations, summarise, type TraceSummary } from './summaries.ts';

/** Finer than a microsecond, times since 1970 are only noise. */
export const duration = (ms: number): string => formatValue(Math.round(ms * 1000) / 1000, 'ms');

/** What the list of traces is asked for. */
export interface TraceQuery {
  /** Only spans of this name, the slowest first. */
  readonly operation: string | null;
  readonly sort: 'slowest' | 'latest';
}

const MOST_ROWS = 100;

/** The traces that are kept: what their operations take, and the slowest or latest of them. */
export function drawTraces(traces: readonly (readonly Span[])[], endpoint: string, query: TraceQuery): Html {
  const spans = traces.flat();
  if (spans.length === 0) {
    return html`<section class="traces"><h2>Traces</h2><p>None have come. The processes send them here when they are started with</p>
<pre>OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint} npm run cluster</pre></section>`;
  }
  return html`<section class="traces"><h2>Operations</h2>${drawOperations(spans, query.operation)}
${query.operation === null ? drawSummaries(traces, query.sort) : drawSpans(spans, query.operation)}</section>`;
}

function drawOperations(spans: readonly Span[], chosen: string | null): Html {
  return html`<div class="table"><table><thead><tr><th scope="col">Operation</th><th scope="col">Service</th><th scope="col" class="figure">Count</th><th scope="col" class="figure">Median</th><th scope="col" class="figure">p95</th><th scope="col" class="figure">Slowest</th></tr></thead><tbody>${operations(
    spans,
  ).map(
    ({ name, service, count, medianMs, p95Ms, slowest }) => html`<tr${name === chosen && html` class="chosen"`}>
<td><a href="/traces?operation=${encodeURIComponent(name)}">${name}</a></td><td>${service}</td>
<td class="figure">${count}</td><td class="figure">${duration(medianMs)}</td><td class="figure">${duration(p95Ms)}</td>
<td class="figure"><a href="${linkTo(slowest)}">${duration(lengthOf(slowest))}</a></td></tr>`,
  )}</tbody></table></div>`;
}

function drawSummaries(traces: readonly (readonly Span[])[], sort: TraceQuery['sort']): Html {
  const all = traces.map(summarise);
  const sorted = all.sort((a, b) => (sort === 'latest' ? b.startMs - a.startMs : b.stepsMs - a.stepsMs || b.ms - a.ms));
  const names = [...new Set(all.flatMap(({ steps }) => steps.map(({ name }) => name)))].sort();
  const most = Math.max(...all.map(({ stepsMs }) => stepsMs));
  const [heading, other] = sort === 'latest' ? ['Latest traces', 'slowest'] : ['Slowest traces', 'latest'];
  return html`<h2>${heading} <a class="other" href="/traces?sort=${other}">${other} instead</a></h2>
<p>By the time that their steps took: the root of an utterance begins with its first sound, so its length is mostly speech.</p>
<div class="table"><table><thead><tr><th scope="col">Trace</th><th scope="col">Began</th><th scope="col">Services</th><th scope="col" class="figure">Spans</th><th scope="col" class="figure">Whole</th><th scope="col" class="figure">In steps</th><th scope="col" class="wide">Steps</th></tr></thead><tbody>${sorted
    .slice(0, MOST_ROWS)
    .map((summary) => drawSummary(summary, names, most))}</tbody></table></div>
<ul class="legend">${names.map((name, i) => html`<li><i style="background:${seriesColor(i)}"></i>${name}</li>`)}</ul>`;
}

function drawSummary(summary: TraceSummary, names: readonly string[], most: number): Html {
  const { traceId, name, startMs, services, spans, ms, stepsMs, steps, failed } = summary;
  const width = (part: number) => percent(most > 0 ? part / most : 0);
  return html`<tr${failed && html` class="failed"`}><td><a href="/traces/${traceId}">${name}</a>${failed && ' failed'} <small>${traceId.slice(0, 8)}</small></td><td>${clockTime(
    startMs,
    true,
  )}</td><td>${services.join(', ')}</td><td class="figure">${spans}</td><td class="figure">${duration(ms)}</td><td class="figure">${steps.length === 0 ? '–' : duration(stepsMs)}</td><td><div class="steps">${steps.map(
    (step) =>
      html`<i style="width:${width(step.ms)};background:${seriesColor(names.indexOf(step.name))}" title="${step.name} ${duration(step.ms)}"></i>`,
  )}</div></td></tr>`;
}

function drawSpans(spans: readonly Span[], operation: string): Html {
  const those = spans.filter(({ name }) => name === operation).sort((a, b) => lengthOf(b) - lengthOf(a));
  const most = Math.max(...those.map(lengthOf));
  return html`<h2>Slowest “${operation}” <a class="other" href="/traces">all traces</a></h2>
<div class="table"><table><thead><tr><th scope="col">Trace</th><th scope="col">Began</th><th scope="col">Service</th><th scope="col" class="figure">Took</th><th scope="col" class="wide"></th></tr></thead><tbody>${those
    .slice(0, MOST_ROWS)
    .map(
      (span) =>
        html`<tr><td><a href="${linkTo(span)}">${span.traceId.slice(0, 8)}</a></td><td>${clockTime(span.startMs, true)}</td><td>${span.service}</td><td class="figure">${duration(
          lengthOf(span),
        )}</td><td><div class="steps"><i style="width:${percent(most > 0 ? lengthOf(span) / most : 0)};background:${seriesColor(0)}"></i></div></td></tr>`,
    )}</tbody></table></div>`;
}

export const linkTo = ({ traceId, spanId }: Pick<Span, 'traceId' | 'spanId'>): string =>
  `/traces/${traceId}#span-${spanId}`;
