import { Cluster } from '../cluster/cluster.ts';
import { ClusterError } from '../cluster/cluster-error.ts';
import type { Member } from '../cluster/member.ts';
import { BenchError } from './bench-error.ts';

export interface ClusterUnderTestOptions {
  readonly transcribers: number;
  /** By the names of their environment variables. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** One ingress and some transcribers with NATS and Redis, each a process of its own. */
export class ClusterUnderTest implements AsyncDisposable {
  readonly members: readonly Member[];
  /** Lines that its processes logged; at level warn there should be none. */
  readonly log: readonly string[];
  readonly #cluster: Cluster;
  readonly #ingress: Member;

  private constructor(cluster: Cluster, ingress: Member, log: readonly string[]) {
    this.members = cluster.members;
    this.log = log;
    this.#cluster = cluster;
    this.#ingress = ingress;
  }

  /** Resolves when it takes sessions. @throws BenchError with what keeps it from that. */
  static async start({ transcribers, settings, signal }: ClusterUnderTestOptions): Promise<ClusterUnderTest> {
    const log: string[] = [];
    const onLine = (name: string, line: string) => {
      if (line.startsWith('{')) log.push(`${name}: ${line}`);
    };
    try {
      const all = { LOG_LEVEL: 'warn', ...settings };
      const cluster = await Cluster.start({ ingresses: 1, transcribers, media: 0, settings: all, onLine, signal });
      return new ClusterUnderTest(cluster, cluster.ingresses[0]!, log);
    } catch (error) {
      throw error instanceof ClusterError ? new BenchError(error.message, { cause: error }) : error;
    }
  }

  get wsUrl(): string {
    return this.#ingress.addresses.ws!;
  }

  /** The ingress's. */
  get pid(): number {
    return this.#ingress.pid;
  }

  /** The ingress's, as ServerUnderTest counts it. */
  eventLoopDelayMs(): Promise<number | null> {
    return this.eventLoopDelayOf(this.#ingress);
  }

  /** 99th percentile of one process's event-loop delay since the last call, in milliseconds; null if it does not say. */
  async eventLoopDelayOf({ name, alive, addresses }: Member): Promise<number | null> {
    if (!alive) throw new BenchError(`${name} ended during the benchmark:\n${this.log.slice(-20).join('\n')}`);
    const text = await (await fetch(addresses.metrics!)).text();
    const seconds = /^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text)?.[1];
    return seconds === undefined ? null : Number(seconds) * 1000;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cluster.stop();
  }
}
