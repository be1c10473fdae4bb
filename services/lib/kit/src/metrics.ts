import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, collectDefaultMetrics, Gauge, Histogram, type OpenMetricsContentType, Registry } from 'prom-client';
import type { HealthRegistry } from './health.ts';
import { listenError } from './listen-error.ts';
import { type ProbeAnswer, probe } from './probes.ts';

export type { Counter, Gauge, Histogram } from 'prom-client';
/** What is served at /metrics. */
export type MetricsRegistry = Registry<OpenMetricsContentType>;

/** Takes a duration; `traceId` names a trace that shows it. */
export type ObserveSeconds<L extends string> = (
  labels: Readonly<Record<L, string>>,
  seconds: number,
  traceId?: string,
) => void;

/** One value of a gauge that is asked for several at once. */
export interface Sample<L extends string> {
  readonly labels: Readonly<Record<L, string>>;
  readonly value: number;
}

/**
 * Seconds between two moments in milliseconds, of which each may be told by another machine's clock: never below 0, since a sum
 * that falls is a counter that began anew to Prometheus.
 */
export const secondsBetween = (from: number, to: number): number => Math.max(0, to - from) / 1000;

/** A process's own metrics: nothing global, so that two servers in one process don't mix. */
export interface Metrics {
  readonly registry: MetricsRegistry;
  /** `known` labels count from 0 on: Prometheus sees no rise in a series that begins with its first event. */
  counter<L extends string = never>(
    name: string,
    help: string,
    labels?: readonly L[],
    known?: readonly Readonly<Record<L, string>>[],
  ): Counter<L>;
  /** `collect`, where given, is asked for the value at each scrape. */
  gauge<L extends string = never>(name: string, help: string, labels?: readonly L[], collect?: () => number): Gauge<L>;
  /** Asked for all its values at each scrape; one that cannot be had in time has none. */
  gauges<L extends string>(name: string, help: string, labels: readonly L[], read: () => Promise<Sample<L>[]>): void;
  /** `buckets` are upper bounds in the metric's own unit, in rising order. */
  histogram<L extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labels?: readonly L[],
  ): Histogram<L>;
  /**
   * A histogram of seconds that names, for each bucket, the trace of its latest observation that has one: an exemplar. Asked for
   * by the same name again, it is the same one: parts of a process share a family.
   */
  durations<L extends string>(
    name: string,
    help: string,
    buckets: readonly number[],
    labels: readonly L[],
  ): ObserveSeconds<L>;
}

/** A new registry that already holds the process's own figures: CPU, memory, garbage collection, event-loop delay. */
export const createMetrics = (): Metrics => {
  // OpenMetrics for everybody: the older text format has no exemplars.
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    counter: <L extends string>(
      name: string,
      help: string,
      labels: readonly L[] = [],
      known: readonly Readonly<Record<L, string>>[] = [],
    ) => {
      const counter = new Counter<string>({ name, help, labelNames: labels, registers });
      for (const each of known) counter.inc(each, 0);
      return counter as Counter<L>;
    },
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
    gauges: <L extends string>(name: string, help: string, labels: readonly L[], read: () => Promise<Sample<L>[]>) => {
      new Gauge<string>({
        name,
        help,
        labelNames: labels,
        registers,
        async collect() {
          const samples = await inTime(read());
          this.reset();
          for (const sample of samples) this.set(sample.labels, sample.value);
        },
      });
    },
    histogram: <L extends string>(name: string, help: string, buckets: readonly number[], labels: readonly L[] = []) =>
      new Histogram({ name, help, buckets: [...buckets], labelNames: labels, registers }),
    durations: <L extends string>(name: string, help: string, buckets: readonly number[], labels: readonly L[]) => {
      // The library's types take the names of an exemplar's labels for names of the metric's own.
      const histogram =
        (registry.getSingleMetric(name) as Histogram | undefined) ??
        new Histogram<string>({
          name,
          help,
          buckets: [...buckets],
          labelNames: labels,
          registers,
          enableExemplars: true,
        });
      return (observed: Readonly<Record<L, string>>, value: number, traceId?: string) =>
        histogram.observe({ labels: observed, value, ...(traceId && { exemplarLabels: { trace_id: traceId } }) });
    },
  };
};

/** A scrape waits no longer for what another server has to tell. */
const SCRAPE_WAIT_MS = 1_000;

const inTime = async <T>(reading: Promise<T[]>): Promise<T[]> => {
  const late = new AbortController();
  const none = sleep(SCRAPE_WAIT_MS, [], { signal: late.signal, ref: false });
  try {
    return await Promise.race([reading, none]);
  } catch {
    return [];
  } finally {
    late.abort();
    none.catch(() => {});
    reading.catch(() => {});
  }
};

export interface MetricsServer {
  /** The port in use, also when 0 was asked for. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `registry` at /metrics in OpenMetrics' text format and, given `health`, /health, /livez and /readyz: for a
 * process that has no other door.
 * @param variable the setting that names the port
 * @throws ListenError when the port can't be had; its message is one sentence.
 */
export const serveMetrics = async (
  registry: MetricsRegistry,
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

const sendMetrics = (response: ServerResponse, registry: MetricsRegistry): void => {
  registry.metrics().then(
    (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
    (error: unknown) => response.writeHead(500).end(`A metric can't be collected: ${String(error)}\n`),
  );
};
