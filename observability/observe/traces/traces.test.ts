import { expect, it } from 'vitest';
import { aSpan } from '../testing/a-span.ts';
import { drawTraces } from './pages.ts';
import { extentOf, operations, summarise, tree } from './summaries.ts';
import { drawTrace } from './waterfall.ts';

const EVIL = '<script>alert("x")</script>';
const root = aSpan({ spanId: 'a', name: 'utterance', startMs: 0, endMs: 1_000 });
const step = (spanId: string, name: string, startMs: number, endMs: number, part = {}) =>
  aSpan({ spanId, parentSpanId: 'a', name, startMs, endMs, service: 'verbatim-ingress', ...part });
/** Speech, and then 400 ms of which 50 are counted twice. */
const spans = [
  step('c', 'decode', 900, 1_000),
  step('b', 'queue', 600, 800),
  step('d', 'vad', 750, 900, { parentSpanId: 'b' }),
  root,
];

it('sums a trace up: its root, its steps and the time in which any was open', () => {
  expect(summarise(spans)).toMatchObject({
    ...{ name: 'utterance', startMs: 0, ms: 1_000, stepsMs: 400, spans: 4, failed: false },
    steps: [
      { name: 'queue', ms: 200 },
      { name: 'decode', ms: 100 },
    ],
    services: ['verbatim-transcriber', 'verbatim-ingress'],
  });
});

it('sums up what has come of a trace while its root has not', () => {
  const part = summarise(spans.slice(0, 3));
  expect(part).toMatchObject({ name: 'queue', startMs: 600, ms: 400, stepsMs: 250 });
});

it('tells what operations take, the slowest first', () => {
  const many = Array.from({ length: 20 }, (_, i) => aSpan({ name: 'decode', startMs: 0, endMs: i + 1 }));
  expect(operations([...many, root])).toMatchObject([
    { name: 'utterance', count: 1 },
    { name: 'decode', count: 20, medianMs: 11, p95Ms: 20, slowest: { endMs: 20 } },
  ]);
});

it('hangs spans below their parents, each level by its start, and loses none', () => {
  expect(tree(spans).map(({ span, depth }) => [span.spanId, depth])).toEqual([
    ['a', 0],
    ['b', 1],
    ['d', 2],
    ['c', 1],
  ]);
  const circle = [aSpan({ spanId: 'x', parentSpanId: 'y' }), aSpan({ spanId: 'y', parentSpanId: 'x' })];
  expect(tree([...circle, aSpan({ spanId: 'z', parentSpanId: 'gone' })])).toHaveLength(3);
});

it('leaves out a long beginning in which only the root was open', () => {
  const late = [root, step('b', 'decode', 900, 1_000)];
  expect(extentOf(late)).toEqual({ startMs: 895, ms: 105, cutMs: 895 });
  expect(extentOf(spans)).toEqual({ startMs: 0, ms: 1_000, cutMs: 0 });
  expect(extentOf([root])).toEqual({ startMs: 0, ms: 1_000, cutMs: 0 });
  expect(extentOf([aSpan({ startMs: 5, endMs: 5 })]).ms).toBeGreaterThan(0);
});

it('draws each span at its place, with what is known of it, escaped', () => {
  const linked = 'b'.repeat(32);
  const other = 'c'.repeat(32);
  const whole = { ...root, endMs: 500 };
  const child = step('00f067aa0ba902b7', EVIL, 250, 500, {
    attributes: { [EVIL]: EVIL, list: [1, 'two'] },
    events: [{ name: EVIL, atMs: 300, attributes: {} }],
    links: [linked, other].map((traceId) => ({ traceId, spanId: '1'.repeat(16), attributes: {} })),
    status: { code: 'error', message: EVIL },
  });
  const { text } = drawTrace('id', [whole, child], (id) => id === linked);
  expect(text).not.toContain(EVIL);
  expect(text).toContain('id="span-00f067aa0ba902b7"');
  expect(text).toMatch(/class="row failed"/);
  expect(text).toContain('left:50%;width:50%');
  expect(text).toContain('<dt>list</dt><dd>[1,&quot;two&quot;]</dd>');
  expect(text).toContain(`<a href="/traces/${linked}#span-${'1'.repeat(16)}">`);
  expect(text).toContain(`trace ${other}, which is not here`);
});

it('says that a trace is not here', () => {
  expect(drawTrace(EVIL, [], () => false).text).toMatch(/&lt;script.*It is not here/s);
});

it('lists traces by the time of their steps, or of one operation the slowest', () => {
  const quick = [aSpan({ traceId: 'd'.repeat(32), startMs: 5_000, endMs: 99_000, name: EVIL })];
  const query = { operation: null, sort: 'slowest' } as const;
  const linksOf = (text: string) => [...text.matchAll(/<td><a href="\/traces\/([0-9a-f]+)/g)].map(([, id]) => id);
  const slowest = drawTraces([quick, spans], 'http://here', query).text;
  expect(linksOf(slowest)).toEqual([root.traceId, 'd'.repeat(32)]);
  expect(slowest).not.toContain(EVIL);
  const latest = drawTraces([spans, quick], 'http://here', { ...query, sort: 'latest' }).text;
  expect(linksOf(latest)).toEqual(['d'.repeat(32), root.traceId]);
  const decodes = drawTraces([quick, spans], 'http://here', { ...query, operation: 'decode' }).text;
  expect(decodes).toContain(`href="/traces/${root.traceId}#span-c"`);
  expect(linksOf(decodes)).toEqual([root.traceId]);
});

it('says where traces must be sent while none have come', () => {
  const { text } = drawTraces([], 'http://127.0.0.1:4318', { operation: null, sort: 'slowest' });
  expect(text).toContain('OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 npm run cluster');
});
