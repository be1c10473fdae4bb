import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { missingPrometheus, OtlpReceiver, PrometheusServer, RULE_FILES } from '@verbatim/observability';
import { Cluster, type ClusterOptions } from '../cluster/cluster.ts';
import { missingServers } from '../cluster/programs.ts';

/** Why a cluster can not be watched on this machine; null if it can. */
export const missingToWatch = (): string | null => missingServers() ?? missingPrometheus();

const SCRAPE_MS = 1_000;

/** A cluster whose metrics a real Prometheus has, with the product's rules, and whose traces a receiver has. */
export interface WatchedCluster extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly prometheus: PrometheusServer;
  readonly traces: OtlpReceiver;
}

export interface WatchOptions extends ClusterOptions {
  /** Turns the text of a rule file into another: rules whose windows are minutes are no use to a test of seconds. */
  readonly rules?: (text: string) => string;
}

export async function watchCluster({ rules = (text) => text, ...options }: WatchOptions): Promise<WatchedCluster> {
  const begun: AsyncDisposable[] = [];
  const own = <T extends AsyncDisposable>(part: T): T => {
    begun.unshift(part);
    return part;
  };
  const close = async () => {
    for (const part of begun) await part[Symbol.asyncDispose]();
  };
  try {
    const traces = own(await OtlpReceiver.start());
    const settings = {
      OTEL_EXPORTER_OTLP_ENDPOINT: traces.url,
      OTEL_BSP_SCHEDULE_DELAY: '300',
      ...options.settings,
    };
    const cluster = own(await Cluster.start({ ...options, settings }));
    const folder = await mkdtemp(path.join(tmpdir(), 'verbatim-rules-'));
    own({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) });
    const ruleFiles = await Promise.all(RULE_FILES.map((file) => rewritten(file, folder, rules)));
    const prometheus = own(
      await PrometheusServer.start({ rules: ruleFiles, intervalMs: SCRAPE_MS, targets: targetsOf(cluster) }),
    );
    return { cluster, prometheus, traces, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function rewritten(file: string, folder: string, rules: (text: string) => string): Promise<string> {
  const copy = path.join(folder, path.basename(file));
  await writeFile(copy, rules(await readFile(file, 'utf8')));
  return copy;
}

const targetsOf = ({ ingresses, transcribers, media }: Cluster) => ({
  'verbatim-ingress': ingresses.map(targetOf),
  'verbatim-transcriber': transcribers.map(targetOf),
  'verbatim-media': media.map(targetOf),
});

const targetOf = ({ name, addresses }: Cluster['members'][number]) => ({
  address: new URL(addresses.metrics!).host,
  instance: name,
});
