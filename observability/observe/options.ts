import { parseArgs } from 'node:util';
import { ObserveError } from './observe-error.ts';
import { DEFAULT_RANGE, RANGES, type RangeName } from './page/layout.ts';
import type { Targets } from './prometheus.ts';

export interface Options {
  readonly help: boolean;
  /** null: those of the cluster that runs in this folder. */
  readonly targets: Targets | null;
  /** A Prometheus that is there already; null: one of our own. */
  readonly prometheus: string | null;
  readonly dashboards: string | null;
  readonly rules: string | null;
  readonly intervalMs: number;
  /** null: the usual one, or any where that is taken. */
  readonly port: number | null;
  readonly otlpPort: number | null;
  /** File to write once. */
  readonly once: string | null;
  readonly afterMs: number | null;
  readonly range: RangeName;
}

export const USAGE = `npm run observe -- [options]

Starts Prometheus against the cluster that runs in this folder (npm run cluster), receives its traces, and shows dashboards,
alerts and traces on a page. Needs prometheus on this machine ("apt-get install prometheus").

  --targets JOB=HOST:PORT[,HOST:PORT]   watch these processes instead; can be given for several jobs
  --prometheus URL                      ask this Prometheus, and start none
  --dashboards FOLDER                   dashboards of Grafana, *.json (default observability/dashboards/json)
  --rules FOLDER                        rule files, *.rules.yaml (default observability/rules)
  --interval SECONDS                    time between two scrapes (default 5)
  --port N                              of the page (default 3300, or any where that is taken)
  --otlp-port N                         for traces (default 4318, or any where that is taken)
  --once FILE.html                      write all dashboards into one file, and end
  --after SECONDS                       watch for so long before that (default 60; 0 with --prometheus)
  --range ${Object.keys(RANGES).join('|').padEnd(30)}  of that file (default ${DEFAULT_RANGE})
`;

const STRING = { type: 'string' } as const;

/** @throws ObserveError with one sentence. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parse(args);
  const range = values.range ?? DEFAULT_RANGE;
  if (!Object.hasOwn(RANGES, range))
    throw new ObserveError(`--range is "${range}"; it must be ${Object.keys(RANGES).join(', ')}.`);
  if (values.targets !== undefined && values.prometheus !== undefined) {
    throw new ObserveError(
      '--targets are for a Prometheus of our own: they can not be given together with --prometheus.',
    );
  }
  return {
    help: values.help ?? false,
    targets: values.targets === undefined ? null : targetsOf(values.targets),
    prometheus: values.prometheus === undefined ? null : urlOf(values.prometheus),
    dashboards: values.dashboards ?? null,
    rules: values.rules ?? null,
    intervalMs: seconds('interval', values.interval ?? '5', 0.1),
    port: portOf('port', values.port),
    otlpPort: portOf('otlp-port', values['otlp-port']),
    once: values.once ?? null,
    afterMs: values.after === undefined ? null : seconds('after', values.after, 0),
    range: range as RangeName,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        targets: { type: 'string', multiple: true },
        ...{ prometheus: STRING, dashboards: STRING, rules: STRING, interval: STRING },
        ...{ port: STRING, 'otlp-port': STRING, once: STRING, after: STRING, range: STRING },
      },
    });
  } catch (error) {
    // Node's first sentence names the argument; the rest is about how to escape it.
    const sentence = (error as Error).message.split(/\.(\s|$)/)[0];
    throw new ObserveError(`${sentence}; see npm run observe -- --help.`, { cause: error });
  }
}

function targetsOf(given: readonly string[]): Targets {
  const targets: Record<string, string[]> = {};
  for (const text of given) {
    const [, job, list] = /^([\w-]+)=(.+)$/.exec(text) ?? [];
    const addresses = list?.split(',') ?? [];
    if (job === undefined || !addresses.every((address) => /^(\[[0-9a-f:]+\]|[\w.-]+):\d+$/i.test(address))) {
      throw new ObserveError(`--targets is "${text}"; it must be like verbatim-ingress=127.0.0.1:9090,127.0.0.1:9091.`);
    }
    targets[job] = [...(targets[job] ?? []), ...addresses];
  }
  return targets;
}

function urlOf(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new ObserveError(`--prometheus is "${text}"; it must be like http://127.0.0.1:9090.`);
}

function seconds(name: string, text: string, least: number): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= 86_400) return value * 1000;
  throw new ObserveError(`--${name} is "${text}"; it must be a number of seconds from ${least} to 86400.`);
}

function portOf(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 65_535) return value;
  throw new ObserveError(`--${name} is "${text}"; it must be a whole number from 0 to 65535.`);
}
