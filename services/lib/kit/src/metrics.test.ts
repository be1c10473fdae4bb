import { describe, expect, it, onTestFinished } from 'vitest';
import { HealthRegistry } from './health.ts';
import { createMetrics, secondsBetween, serveMetrics } from './metrics.ts';

const serve = async (health?: HealthRegistry) => {
  const metrics = createMetrics();
  const server = await serveMetrics(metrics.registry, '127.0.0.1', 0, health);
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
    expect(response.headers.get('content-type')).toContain('application/openmetrics-text');
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
    for (const path of ['/', '/health', '/livez', '/readyz']) {
      expect((await fetch(`${address}${path}`)).status).toBe(404);
    }
    expect((await fetch(`${address}/metrics`, { method: 'POST' })).status).toBe(404);
  });

  it('say in one sentence that their port is in use', async () => {
    const { metrics, server } = await serve();
    await expect(serveMetrics(metrics.registry, '127.0.0.1', server.port)).rejects.toThrow(
      `Port ${server.port} is in use: stop the other program or set METRICS_PORT.`,
    );
  });

  it('share their port with the probes of a process that has no doors', async () => {
    const health = new HealthRegistry();
    let connected = false;
    health.register('nats', () =>
      connected ? { status: 'ok', detail: 'connected' } : { status: 'down', detail: 'nobody listens there' },
    );
    const { address } = await serve(health);
    const ask = async (path: string) => {
      const response = await fetch(`${address}${path}`);
      return [response.status, response.headers.get('content-type'), await response.json()];
    };
    const json = 'application/json; charset=utf-8';
    const refusal = (state: string) => [
      503,
      'application/problem+json',
      {
        type: 'about:blank',
        title: 'Service Unavailable',
        status: 503,
        detail: `The server is ${state}; new sessions are not welcome.`,
        code: 'not_ready',
      },
    ];
    expect(await ask('/livez')).toEqual([200, json, { status: 'alive' }]);
    expect(await ask('/readyz')).toEqual(refusal('starting'));
    health.become('ready');
    expect(await ask('/readyz')).toEqual(refusal('unhealthy'));
    expect(await ask('/health')).toEqual([
      503,
      json,
      { status: 'unhealthy', services: { nats: 'nobody listens there' } },
    ]);
    connected = true;
    expect(await ask('/readyz')).toEqual([200, json, { status: 'ready' }]);
    expect(await ask('/health')).toEqual([200, json, { status: 'healthy', services: { nats: 'connected' } }]);
    health.become('draining');
    expect(await ask('/readyz')).toEqual(refusal('draining'));
    expect((await fetch(`${address}/readyz`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${address}/metrics`)).status).toBe(200);
  });
});

describe('durations', () => {
  it('are never below 0, whatever two clocks say', () => {
    expect(secondsBetween(1_000, 3_500)).toBe(2.5);
    expect(secondsBetween(3_500, 1_000)).toBe(0);
  });

  it('name the trace of the latest observation in a bucket', async () => {
    const metrics = createMetrics();
    const observe = metrics.durations('verbatim_wait_seconds', 'Waits.', [0.1, 1], ['door']);
    observe({ door: 'grpc' }, 0.05);
    observe({ door: 'grpc' }, 0.5, '0af7651916cd43dd8448eb211c80319c');
    const text = await metrics.registry.metrics();
    expect(text).toMatch(/^verbatim_wait_seconds_bucket\{le="0.1",door="grpc"\} 1$/m);
    expect(text).toMatch(
      /_bucket\{le="1",door="grpc"\} 2 # \{trace_id="0af7651916cd43dd8448eb211c80319c"\} 0.5 [\d.]+$/m,
    );
    expect(text).toMatch(/# EOF\n$/);
  });
});

describe('gauges that ask others', () => {
  it('have no value where the answer fails or takes too long, and hold up no scrape', async () => {
    const metrics = createMetrics();
    let answer: Promise<{ labels: { state: string }; value: number }[]> = Promise.resolve([
      { labels: { state: 'queued' }, value: 3 },
    ]);
    metrics.gauges('verbatim_claims', 'Claims.', ['state'], () => answer);
    expect(await metrics.registry.metrics()).toContain('verbatim_claims{state="queued"} 3');
    answer = Promise.reject(new Error('away'));
    expect(await metrics.registry.metrics()).not.toContain('verbatim_claims{');
    answer = new Promise(() => {});
    expect(await metrics.registry.metrics()).not.toContain('verbatim_claims{');
  });
});
