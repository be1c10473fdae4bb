import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findProgram } from '@verbatim/kit';
import { ChildProgram } from './child-program.ts';
import { ObserveError } from './observe-error.ts';
import { PrometheusApi } from './prometheus-api.ts';

/** Where a process gives its metrics. */
export interface Target {
  /** `host:port`; scraped at `/metrics`. */
  readonly address: string;
  /** The `instance` label. Default: the address. */
  readonly instance?: string;
}

/** By the `job` label; text is the address of a target. */
export type Targets = Readonly<Record<string, readonly (string | Target)[]>>;

export interface PrometheusOptions {
  /** Default: none. They can change later, by `setTargets`. */
  readonly targets?: Targets;
  /** Rule files. */
  readonly rules?: readonly string[];
  /** Time between two scrapes of a target, and between two evaluations of the rules. Default: 5 s. */
  readonly intervalMs?: number;
  /** The program. Default: `prometheus` as it is installed on this machine. */
  readonly program?: string;
}

const START_MS = 30_000;
const READY_POLL_MS = 50;
/** How it ends says nothing, and takes a dozen lines. */
const COMPLAINTS = /level=(warn|error)|^(?!ts=)/;
const MAX_EXEMPLARS = 100_000;

/** A sentence that says how to get Prometheus; null if it is on this machine. */
export const missingPrometheus = (): string | null =>
  findProgram('prometheus') === undefined
    ? 'prometheus is not on this machine: install it, on Debian and Ubuntu with "apt-get install prometheus".'
    : null;

/**
 * A Prometheus of our own, on a free loopback port, with its data in a temporary folder; both are gone once it is disposed of.
 * It keeps exemplars.
 */
export class PrometheusServer extends PrometheusApi implements AsyncDisposable {
  readonly #folder: string;
  readonly #program: ChildProgram;

  private constructor(url: string, folder: string, program: ChildProgram) {
    super(url);
    this.#folder = folder;
    this.#program = program;
  }

  /**
   * Resolves when it answers queries. The first scrapes come some 5 s and an interval later: so long Prometheus collects changes
   * of its targets before it looks at them.
   * @throws ObserveError with what to install, or with what Prometheus said; nothing is left behind.
   */
  static async start(options: PrometheusOptions = {}): Promise<PrometheusServer> {
    const program = options.program ?? findProgram('prometheus');
    if (program === undefined) throw new ObserveError(missingPrometheus()!);
    const rules = (options.rules ?? []).map((file) => path.resolve(file));
    // Prometheus takes rule files for patterns, and is content when they match nothing.
    const absent = rules.find((file) => !existsSync(file));
    if (absent !== undefined) throw new ObserveError(`The rule file ${absent} is not there.`);
    const folder = await mkdtemp(path.join(tmpdir(), 'verbatim-prometheus-'));
    let child: ChildProgram | undefined;
    try {
      await writeTargets(folder, options.targets ?? {});
      const config = path.join(folder, 'prometheus.yml');
      await writeFile(config, configuration(folder, rules, options.intervalMs ?? 5_000));
      child = await ChildProgram.start(
        'prometheus',
        program,
        [
          `--config.file=${config}`,
          `--storage.tsdb.path=${path.join(folder, 'data')}`,
          '--web.listen-address=127.0.0.1:0',
          '--enable-feature=exemplar-storage',
        ],
        COMPLAINTS,
      );
      return new PrometheusServer(await readyUrl(child), folder, child);
    } catch (error) {
      await child?.stop();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get pid(): number {
    return this.#program.pid;
  }

  /** Settles, with a sentence that says how, when the process has ended, whoever ended it. */
  get exited(): Promise<string> {
    return this.#program.exited;
  }

  /** From now on these are scraped, and no others. */
  async setTargets(targets: Targets): Promise<void> {
    await writeTargets(this.#folder, targets);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const targetsFile = (folder: string): string => path.join(folder, 'targets.json');

/** Prometheus watches the file; it sees the old content or the new one, never a part. */
async function writeTargets(folder: string, targets: Targets): Promise<void> {
  const groups = Object.entries(targets).flatMap(([job, those]) =>
    those.map((target) => {
      const { address, instance } = typeof target === 'string' ? { address: target, instance: undefined } : target;
      return { targets: [address], labels: { job, ...(instance !== undefined && { instance }) } };
    }),
  );
  const draft = `${targetsFile(folder)}.tmp`;
  await writeFile(draft, JSON.stringify(groups));
  await rename(draft, targetsFile(folder));
}

/** JSON, which is YAML, too. */
function configuration(folder: string, rules: readonly string[], intervalMs: number): string {
  const interval = `${Math.max(1, Math.round(intervalMs))}ms`;
  return JSON.stringify({
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    storage: { exemplars: { max_exemplars: MAX_EXEMPLARS } },
    rule_files: rules,
    // The job of each target comes with it: Prometheus follows changes of this file, but not of its configuration.
    scrape_configs: [
      { job_name: 'verbatim', file_sd_configs: [{ files: [targetsFile(folder)], refresh_interval: '1s' }] },
    ],
  });
}

async function readyUrl(program: ChildProgram): Promise<string> {
  const over = new AbortController();
  const late = pause(START_MS, undefined, { signal: over.signal }).then((): never => {
    throw new ObserveError(`prometheus was not ready after ${START_MS / 1000} s.${program.said}`);
  });
  const ended = program.exited.then((how): never => {
    throw new ObserveError(how);
  });
  const ready = program.line(/msg="Listening on" address=(\S+)/).then(async ([, address]) => {
    const url = `http://${address}`;
    while (!over.signal.aborted && !(await isReady(url))) await pause(READY_POLL_MS);
    return url;
  });
  try {
    return await Promise.race([ready, ended, late]);
  } finally {
    over.abort();
    for (const loser of [late, ended]) loser.catch(() => {});
  }
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/-/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
