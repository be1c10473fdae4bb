import type { Span } from '../spans.ts';

/** A step of a trace: what its root did, in their order. */
export interface Step {
  readonly name: string;
  readonly ms: number;
}

export interface TraceSummary {
  readonly traceId: string;
  readonly name: string;
  readonly services: readonly string[];
  readonly startMs: number;
  readonly ms: number;
  /** Time in spans below the root: what people wait for, where the root begins with speech. */
  readonly stepsMs: number;
  readonly steps: readonly Step[];
  readonly spans: number;
  readonly failed: boolean;
}

/** Its root, or what comes nearest while that has not arrived. */
const rootOf = (spans: readonly Span[]): Span => {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const tops = spans.filter(({ parentSpanId }) => parentSpanId === null || !ids.has(parentSpanId));
  const ranked = tops.sort(
    (a, b) => Number(a.parentSpanId !== null) - Number(b.parentSpanId !== null) || a.startMs - b.startMs,
  );
  return ranked[0] ?? spans[0]!;
};

/** @param spans all of one trace; not empty */
export function summarise(spans: readonly Span[]): TraceSummary {
  const root = rootOf(spans);
  const below = spans.filter((span) => span !== root).sort((a, b) => a.startMs - b.startMs);
  const startMs = Math.min(...spans.map((span) => span.startMs));
  const ms = Math.max(...spans.map(({ endMs }) => endMs)) - startMs;
  return {
    ...{ traceId: root.traceId, name: root.name, startMs, ms, spans: spans.length },
    services: [...new Set([root, ...below].map(({ service }) => service))],
    stepsMs: covered(below),
    steps: below
      .filter(({ parentSpanId }) => parentSpanId === root.spanId)
      .map(({ name, startMs, endMs }) => ({ name, ms: endMs - startMs })),
    failed: spans.some(({ status }) => status.code === 'error'),
  };
}

/** Time in which at least one of the spans was open. They come by their start. */
function covered(spans: readonly Span[]): number {
  let total = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { startMs, endMs } of spans) {
    total += Math.max(0, endMs - Math.max(startMs, until));
    until = Math.max(until, endMs);
  }
  return total;
}

/** What spans of one name took. */
export interface Operation {
  readonly name: string;
  readonly service: string;
  readonly count: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly slowest: Span;
}

/** By the time that they take at worst. */
export function operations(spans: readonly Span[]): Operation[] {
  const groups = groupBy(spans, ({ name, service }) => `${service} ${name}`);
  return [...groups.values()]
    .map((group) => {
      const sorted = [...group].sort((a, b) => lengthOf(a) - lengthOf(b));
      const at = (part: number) => lengthOf(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!);
      const slowest = sorted.at(-1)!;
      const { name, service } = slowest;
      return { name, service, count: sorted.length, medianMs: at(0.5), p95Ms: at(0.95), slowest };
    })
    .sort((a, b) => lengthOf(b.slowest) - lengthOf(a.slowest));
}

export const lengthOf = ({ startMs, endMs }: Span): number => endMs - startMs;

export interface TreeRow {
  readonly span: Span;
  readonly depth: number;
}

/** Spans below their parents, each level by its start. Those whose parents are not here stand at the top. */
export function tree(spans: readonly Span[]): TreeRow[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const sorted = [...spans].sort((a, b) => a.startMs - b.startMs);
  const children = groupBy(sorted, ({ parentSpanId }) =>
    parentSpanId !== null && ids.has(parentSpanId) ? parentSpanId : '',
  );
  const rows: TreeRow[] = [];
  const seen = new Set<Span>();
  // From the back: what is put last is taken next. Spans whose parents go in a circle hang below no top, and come at the end.
  const waiting = [...(children.get('') ?? []), ...sorted].map((span) => ({ span, depth: 0 })).reverse();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { span, depth } = next;
    if (seen.has(span)) continue;
    seen.add(span);
    rows.push(next);
    const below = children.get(span.spanId) ?? [];
    waiting.push(...below.map((child) => ({ span: child, depth: depth + 1 })).reverse());
  }
  return rows;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** What part of a trace is drawn. */
export interface Extent {
  readonly startMs: number;
  /** More than 0. */
  readonly ms: number;
  /** Left out before `startMs`: time in which nothing but the root was open. */
  readonly cutMs: number;
}

/** A beginning is cut off that would leave its steps less than this share of the picture. */
const LEAST_STEPS = 0.4;

/** @param spans all of one trace; not empty */
export function extentOf(spans: readonly Span[]): Extent {
  const root = rootOf(spans);
  const startMs = Math.min(...spans.map((span) => span.startMs));
  const endMs = Math.max(...spans.map((span) => span.endMs));
  const stepsFrom = Math.min(...spans.flatMap((span) => (span === root ? [] : [span.startMs])));
  const stepsMs = endMs - stepsFrom;
  if (!(stepsMs > 0 && stepsMs < LEAST_STEPS * (endMs - startMs)))
    return { startMs, ms: endMs - startMs || 1, cutMs: 0 };
  const cutMs = stepsFrom - startMs - stepsMs * 0.05;
  return { startMs: startMs + cutMs, ms: endMs - startMs - cutMs, cutMs };
}
