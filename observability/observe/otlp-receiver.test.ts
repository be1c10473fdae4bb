import { gzipSync } from 'node:zlib';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeTracerProvider, SimpleSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-node';
import { expect, it } from 'vitest';
import { OtlpReceiver } from './otlp-receiver.ts';

const START_MS = 1_790_000_000_000;
const LINKED = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 };

/** A root span with everything that a span can have, and a child; gives their trace's id. */
async function twoSpans(exporter: SpanExporter): Promise<string> {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'verbatim-ingress' }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('test');
  const root = tracer.startSpan('session', {
    startTime: START_MS,
    kind: SpanKind.SERVER,
    attributes: { door: 'grpc', rows: 3, share: 0.5, live: true, stages: ['queue', 'vad'] },
    links: [{ context: LINKED, attributes: { why: 'claim' } }],
  });
  const { traceId, spanId } = root.spanContext();
  const child = tracer.startSpan('decode', { startTime: START_MS + 100 }, trace.setSpan(ROOT_CONTEXT, root));
  child.addEvent('batched', { rows: -2 }, START_MS + 150.25);
  child.setStatus({ code: SpanStatusCode.ERROR, message: 'no worker' });
  child.end(START_MS + 200.5);
  root.end(START_MS + 1_000);
  await provider.forceFlush();
  await provider.shutdown();
  expect(spanId).toHaveLength(16);
  return traceId;
}

it.each([
  ['protobuf', ProtobufExporter, 'none'],
  ['protobuf, packed', ProtobufExporter, 'gzip'],
  ['JSON', JsonExporter, 'none'],
  ['JSON, packed', JsonExporter, 'gzip'],
] as const)('takes what an OpenTelemetry exporter sends as %s', async (_, Exporter, compression) => {
  await using receiver = await OtlpReceiver.start();
  const traceId = await twoSpans(new Exporter({ url: `${receiver.url}/v1/traces`, compression: compression as never }));
  const [root, child] = receiver.trace(traceId);
  expect(receiver.spans).toHaveLength(2);
  expect(root).toMatchObject({
    ...{ traceId, parentSpanId: null, name: 'session', kind: 'server', service: 'verbatim-ingress' },
    ...{ startMs: START_MS, endMs: START_MS + 1_000, events: [], status: { code: 'unset', message: '' } },
    attributes: { door: 'grpc', rows: 3, share: 0.5, live: true, stages: ['queue', 'vad'] },
    links: [{ traceId: LINKED.traceId, spanId: LINKED.spanId, attributes: { why: 'claim' } }],
  });
  expect(root!.resource['service.name']).toBe('verbatim-ingress');
  expect(child).toMatchObject({
    ...{ traceId, parentSpanId: root!.spanId, name: 'decode', kind: 'internal' },
    ...{ startMs: START_MS + 100, endMs: START_MS + 200.5 },
    events: [{ name: 'batched', atMs: START_MS + 150.25, attributes: { rows: -2 } }],
    status: { code: 'error', message: 'no worker' },
  });
});

const post = (url: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>) =>
  fetch(`${url}/v1/traces`, { method: 'POST', body, headers });

it('refuses what is no trace, and says why', async () => {
  await using receiver = await OtlpReceiver.start();
  const { url } = receiver;
  const json = { 'content-type': 'application/json' };
  const answers: [Promise<Response>, number, RegExp][] = [
    [fetch(`${url}/v1/metrics`, { method: 'POST' }), 404, /v1\/traces/],
    [fetch(`${url}/v1/traces`), 405, /POST/],
    [post(url, 'x', { 'content-type': 'text/plain' }), 415, /"text\/plain" is not understood/],
    [post(url, '{', json), 400, /no JSON/],
    [post(url, '{}', { ...json, 'content-encoding': 'br' }), 415, /"br"/],
    [post(url, '{}', { ...json, 'content-encoding': 'gzip' }), 400, /can't be unpacked/],
    [post(url, '\x0a\xff', { 'content-type': 'application/x-protobuf' }), 400, /no protobuf message/],
    [post(url, gzipSync(Buffer.alloc(17 * 2 ** 20)), { ...json, 'content-encoding': 'gzip' }), 400, /unpacked/],
    [
      post(url, '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"ab","spanId":"00f067aa0ba902b7"}]}]}]}', json),
      ...([400, /must have 16 bytes/] as const),
    ],
  ];
  for (const [answer, status, words] of answers) {
    const response = await answer;
    expect([response.status, await response.text()]).toEqual([status, expect.stringMatching(words)]);
  }
  expect(receiver.spans).toEqual([]);
});

it('says that a port is in use', async () => {
  await using receiver = await OtlpReceiver.start();
  const port = Number(new URL(receiver.url).port);
  await expect(OtlpReceiver.start({ port })).rejects.toThrow(`Port ${port} is in use`);
});
