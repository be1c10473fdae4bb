import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { traceContextFrom } from '@verbatim/contracts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startTracing, wantsTraces } from './start-tracing.ts';

const log = { info: vi.fn(), warn: vi.fn() };
afterEach(() => {
  vi.unstubAllEnvs();
  vi.clearAllMocks();
});

/** Takes what an exporter sends. */
async function receiver() {
  const bodies: Buffer[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    bodies.push(Buffer.concat(parts));
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    text: () => Buffer.concat(bodies).toString('latin1'),
    [Symbol.dispose]: () => void server.close(),
  };
}

describe('traces', () => {
  it('are off unless the standard settings name where to send them', () => {
    const endpoint = 'http://collector:4318';
    expect(wantsTraces({})).toBe(false);
    expect(wantsTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toBe(true);
    expect(wantsTraces({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint })).toBe(true);
    expect(wantsTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: 'true' })).toBe(false);
    expect(wantsTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_EXPORTER: 'none' })).toBe(false);
  });

  it('are sent by the time that tracing is closed, and go on where a parent is', async () => {
    using collector = await receiver();
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.endpoint);
    const tracing = (await startTracing('verbatim-test', log))!;
    const parent = traceContextFrom(() => '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')!;
    const span = tracing.begin('a request', { role: 'server', parent, attributes: { 'verbatim.session.id': 's-1' } });
    expect(span.traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(span.sampled).toBe(true);
    expect(span.context.traceparent).toMatch(
      /^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/,
    );
    span.end();
    await tracing.close();
    for (const said of ['verbatim-test', 'a request', 's-1']) expect(collector.text()).toContain(said);
  });

  it('are left out as the sampler says, which whoever begins a span can see', async () => {
    using collector = await receiver();
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.endpoint);
    vi.stubEnv('OTEL_TRACES_SAMPLER', 'always_off');
    const tracing = (await startTracing('verbatim-test', log))!;
    const span = tracing.begin('a request');
    expect(span.sampled).toBe(false);
    span.end();
    await tracing.close();
    expect(collector.text()).toBe('');
  });

  it('hold up no process that ends while the collector does not answer', async () => {
    const collector = createServer(() => {});
    collector.listen(0, '127.0.0.1');
    await once(collector, 'listening');
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${(collector.address() as AddressInfo).port}`);
    const tracing = (await startTracing('verbatim-test', log))!;
    tracing.begin('a request').end();
    const began = performance.now();
    await tracing.close();
    expect(performance.now() - began).toBeLessThan(1_500);
    const reason = expect.stringContaining('not taken');
    expect(log.warn).toHaveBeenCalledWith({ reason }, 'traces can not be sent');
    collector.closeAllConnections();
    collector.close();
  });

  it('say in the log when they cannot be sent', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', 'http://127.0.0.1:1');
    vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '300');
    const tracing = (await startTracing('verbatim-test', log))!;
    tracing.begin('a request').end();
    await tracing.close();
    expect(log.warn).toHaveBeenCalledWith(expect.anything(), 'traces can not be sent');
  });
});
