import { describe, expect, it, onTestFinished } from 'vitest';
import { createMetrics, serveMetrics } from './metrics.ts';

const serve = async () => {
  const metrics = createMetrics();
  const server = await serveMetrics(metrics.registry, '127.0.0.1', 0);
  onTestFinished(() => server.close());
  return { metrics, server, address: `http://127.0.0.1:${server.port}` };
};

describe('metrics', () => {
  it('are served in the text format, with the process figures and the event-loop delay', async () => {
    const { metrics, address } = await serve();
    metrics.counter('verbatim_finals_total', 'Finals.', ['reason']).inc({ reason: 'silence' }, 2);
    metrics.gauge('verbatim_sessions', 'Live sessions.', [], () => 7);
    metrics.histogram('verbatim_latency_seconds', 'Latency.', [0.1, 1]).observe(0.5);
    const response = await fetch(`${address}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain');
    const text = await response.text();
    expect(text).toContain('verbatim_finals_total{reason="silence"} 2');
    expect(text).toContain('verbatim_sessions 7');
    expect(text).toContain('verbatim_latency_seconds_bucket{le="1"} 1');
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(text).toContain('process_resident_memory_bytes');
  });

  it('of two servers in one process do not mix', async () => {
    const { metrics } = await serve();
    metrics.counter('verbatim_finals_total', 'Finals.').inc();
    const other = createMetrics();
    other.counter('verbatim_finals_total', 'Finals.');
    expect(await other.registry.metrics()).toContain('verbatim_finals_total 0');
  });

  it('answer nothing but /metrics', async () => {
    const { address } = await serve();
    expect((await fetch(`${address}/`)).status).toBe(404);
    expect((await fetch(`${address}/metrics`, { method: 'POST' })).status).toBe(404);
  });

  it('say in one sentence that their port is in use', async () => {
    const { metrics, server } = await serve();
    await expect(serveMetrics(metrics.registry, '127.0.0.1', server.port)).rejects.toThrow(
      `Port ${server.port} is in use: stop the other program or set METRICS_PORT.`,
    );
  });
});
