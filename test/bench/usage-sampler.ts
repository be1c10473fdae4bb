import { type ProcessUsage, readUsage } from './process-usage.ts';

/** What a process used between two moments. */
export interface ProcessLoad {
  readonly name: string;
  /** CPU cores in use. */
  readonly cores: number;
  readonly mainThreadCores: number;
  /** At the end. */
  readonly rssMib: number;
}

/** Reads the CPU time and memory of processes at a steady pace. */
export class UsageSampler implements Disposable {
  readonly samples: ReadonlyMap<string, ProcessUsage[]>;
  readonly #processes: readonly { readonly name: string; readonly pid: number }[];
  readonly #timer: NodeJS.Timeout;

  constructor(processes: readonly { readonly name: string; readonly pid: number }[], everyMs = 1_000) {
    this.#processes = processes;
    this.samples = new Map(processes.map(({ name }) => [name, []]));
    this.#timer = setInterval(() => void this.#sample(), everyMs);
    void this.#sample();
  }

  /** The load of every process between two moments of `performance.now()`; none where there is no /proc. */
  between(from: number, to: number): ProcessLoad[] {
    return [...this.samples].flatMap(([name, samples]) => {
      const load = loadBetween(samples, from, to);
      return load === null ? [] : { name, ...load };
    });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #sample(): Promise<void> {
    await Promise.all(
      this.#processes.map(async ({ name, pid }) => {
        const usage = await readUsage(pid).catch(() => null);
        if (usage !== null) this.samples.get(name)!.push(usage);
      }),
    );
  }
}

/** The load by the first and the last sample within two moments; null where there are not two. */
export function loadBetween(
  samples: readonly ProcessUsage[],
  from: number,
  to: number,
): Omit<ProcessLoad, 'name'> | null {
  const within = samples.filter(({ at }) => at >= from && at <= to);
  const [first] = within;
  const last = within.at(-1);
  if (first === undefined || last === undefined || first === last) return null;
  const seconds = (last.at - first.at) / 1000;
  return {
    cores: (last.cpuSeconds - first.cpuSeconds) / seconds,
    mainThreadCores: (last.mainThreadSeconds - first.mainThreadSeconds) / seconds,
    rssMib: last.rssMib,
  };
}
