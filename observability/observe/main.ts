import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ListenError, runProcess, say, untilSignal } from '@verbatim/kit';
import { ClusterTargets } from './cluster-targets.ts';
import { readDashboards } from './dashboard/read-dashboards.ts';
import { GrafanaServer } from './grafana.ts';
import { ObserveError } from './observe-error.ts';
import { writeOnce } from './once.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { OtlpReceiver } from './otlp-receiver.ts';
import { root } from './page/assets.ts';
import { RANGES } from './page/layout.ts';
import { PageServer } from './page/page-server.ts';
import { PrometheusServer } from './prometheus.ts';
import { PrometheusApi } from './prometheus-api.ts';

const PAGE_PORT = 3300;
/** The one that OpenTelemetry's exporters take when they are told none. */
const OTLP_PORT = 4318;
const AFTER_MS = 60_000;

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const ended = untilSignal();
  const dashboardFolder = options.dashboards ?? path.join(root, 'observability', 'dashboards', 'json');
  // What is wrong with them shall be known before anything starts.
  await readDashboards(dashboardFolder);
  if (options.prometheus !== null) return show(new PrometheusApi(options.prometheus), dashboardFolder, options, ended);
  const { targets, intervalMs } = options;
  await using prometheus = await PrometheusServer.start({
    ...{ targets: targets ?? {}, intervalMs, rules: await ruleFiles(options.rules) },
  });
  const over = new AbortController();
  const following =
    targets === null
      ? new ClusterTargets(path.join(root, '.verbatim', 'cluster.json')).follow(
          (found) => prometheus.setTargets(found),
          over.signal,
        )
      : undefined;
  const died = prometheus.exited.then((how): never => {
    throw new ObserveError(how);
  });
  try {
    return await Promise.race([show(prometheus, dashboardFolder, options, ended), died]);
  } finally {
    over.abort();
    await following;
    died.catch(() => {});
  }
}

/** Shows what a Prometheus knows until a signal comes, or writes it into a file. */
async function show(
  prometheus: PrometheusApi,
  dashboardFolder: string,
  options: Options,
  ended: Promise<unknown>,
): Promise<number> {
  const { once, range, intervalMs: scrapeMs } = options;
  if (once !== null) {
    const afterMs = options.afterMs ?? (options.prometheus === null ? AFTER_MS : 0);
    if (afterMs > 0) say(`Watching for ${afterMs / 1000} s …`);
    const over = new AbortController();
    const waited = pause(afterMs, true, { signal: over.signal }).catch(() => false);
    const enough = await Promise.race([waited, ended.then(() => false)]);
    over.abort();
    if (!enough) return 130;
    await writeOnce(once, { prometheus, dashboardFolder, scrapeMs, rangeMs: RANGES[range] * 60_000 });
    say(`Written: ${once}`);
    return 0;
  }
  await using receiver = await onPort(options.otlpPort, OTLP_PORT, (port) => OtlpReceiver.start({ port }));
  await using page = await onPort(options.port, PAGE_PORT, (port) =>
    PageServer.start({ prometheus, receiver, dashboardFolder, scrapeMs, port }),
  );
  await using grafana = await GrafanaServer.start({ prometheusUrl: prometheus.url, dashboardFolder });
  say('');
  say(`  Page        ${page.url}/`);
  say(`  Prometheus  ${prometheus.url}`);
  if (grafana !== null) say(`  Grafana     ${grafana.url}`);
  say(`  Traces to   ${receiver.url}`);
  say('');
  if (options.targets === null && options.prometheus === null) {
    say('Watches the cluster of this folder; start it in another terminal, with its traces sent here:');
    say(`  OTEL_EXPORTER_OTLP_ENDPOINT=${receiver.url} npm run cluster`);
    say('');
  }
  say('Ready. Ctrl-C ends it.');
  await ended;
  say('Stopping…');
  return 0;
}

/** On the port that was asked for, or on the usual one, or on any. */
async function onPort<T>(asked: number | null, usual: number, start: (port: number) => Promise<T>): Promise<T> {
  if (asked !== null) return start(asked);
  return start(usual).catch((error: unknown) => {
    if (error instanceof ListenError) return start(0);
    throw error;
  });
}

async function ruleFiles(folder: string | null): Promise<string[]> {
  const from = folder ?? path.join(root, 'observability', 'rules');
  const names = await readdir(from).catch((cause: unknown) => {
    if (folder === null) return [];
    throw new ObserveError(`The folder of rules ${from} can't be read: ${(cause as Error).message}.`, { cause });
  });
  return names
    .filter((name) => name.endsWith('.rules.yaml'))
    .sort()
    .map((name) => path.join(from, name));
}

runProcess(main, [ObserveError]);
