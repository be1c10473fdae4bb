import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { HealthRegistry } from './health.ts';
import { listenError } from './listen-error.ts';
import { type ProbeAnswer, probe } from './probes.ts';

export type { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** A process's own metrics: nothing global, so that two servers in one process don't mix. */
export interface Metrics {
  readonly registry: Registry;
  counter<L extends string = never>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  /** `collect`, where given, is asked for the value at each scrape. */
  gauge<L extends string = never>(name: string, help: string, labels?: readonly L[], collect?: () => number): Gauge<L>;
  /**
   * `buckets` are upper bounds in the metric's own unit, in rising order. Asked for by the same name again, it is the same one:
   * parts of a process share a family.
   */
  histogram<L extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labels?: readonly L[],
  ): Histogram<L>;
}

/** A new registry that already holds the process's own figures: CPU, memory, garbage collection, event-loop delay. */
export const createMetrics = (): Metrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    counter: (name, help, labels = []) => new Counter({ name, help, labelNames: labels, registers }),
    gauge: (name, help, labels = [], collect = undefined) =>
      new Gauge({
        name,
        help,
        labelNames: labels,
        registers,
        ...(collect && {
          collect() {
            this.set(collect());
          },
        }),
      }),
    histogram: <L extends string>(name: string, help: string, buckets: readonly number[], labels: readonly L[] = []) =>
      (registry.getSingleMetric(name) as Histogram<L> | undefined) ??
      new Histogram({ name, help, buckets: [...buckets], labelNames: labels, registers }),
  };
};

export interface MetricsServer {
  /** The port in use, also when 0 was asked for. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `registry` at /metrics in Prometheus's text format and, given `health`, /health, /livez and /readyz: for a
 * process that has no other door.
 * @param variable the setting that names the port
 * @throws ListenError when the port can't be had; its message is one sentence.
 */
export const serveMetrics = async (
  registry: Registry,
  host: string,
  port: number,
  health?: HealthRegistry,
  variable = 'METRICS_PORT',
): Promise<MetricsServer> => {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? '';
    const readable = request.method === 'GET' || request.method === 'HEAD';
    const answer = readable && health ? probe(health, path) : null;
    if (answer !== null) sendProbe(response, answer);
    else if (readable && path === '/metrics') sendMetrics(response, registry);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, { host, port, variable })));
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const sendProbe = (response: ServerResponse, { status, type, body }: ProbeAnswer): void => {
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
};

const sendMetrics = (response: ServerResponse, registry: Registry): void => {
  registry.metrics().then(
    (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
    (error: unknown) => response.writeHead(500).end(`A metric can't be collected: ${String(error)}\n`),
  );
};
