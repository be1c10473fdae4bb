import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { ClusterError } from './cluster-error.ts';
import { freePorts } from './free-ports.ts';
import { Guard } from './guard.ts';
import { natsLaunch, redisLaunch, serviceLaunch } from './launches.ts';
import { ChildMember, type Launch, type Member } from './member.ts';
import { findServers } from './programs.ts';

export interface ClusterOptions {
  /** Default 2. */
  readonly ingresses?: number;
  /** Default 2. */
  readonly transcribers?: number;
  /** Processes that decode files. Default 1. */
  readonly media?: number;
  /** Settings of all ingresses, transcribers and media processes, by the names of their environment variables. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where nats-server and redis-server keep their data. Default: a temporary folder that ends with the cluster. */
  readonly folder?: string;
  /** Hears every line that a member writes. */
  readonly onLine?: (name: string, line: string) => void;
  /** Is called when a member starts, is ready or ends. */
  readonly onChange?: (members: readonly Member[]) => void;
  /** Aborts the start; what was started until then is stopped. */
  readonly signal?: AbortSignal;
}

type Service = 'ingress' | 'transcriber' | 'media';

/**
 * The product as it runs in a cluster, as processes on this machine: nats-server, redis-server, ingresses,
 * transcribers and media processes, on free loopback ports. No process outlives the cluster, nor the process that started it.
 */
export class Cluster implements AsyncDisposable {
  readonly #options: ClusterOptions;
  readonly #folder: string;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #launches = new Map<string, Launch>();
  readonly #members = new Map<string, ChildMember>();
  /** The last start or restart of each name: the next waits for it. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #counts = { ingress: 0, transcriber: 0, media: 0 };
  readonly #guard = new Guard();
  readonly #over = new AbortController();
  #stopped: Promise<void> | undefined;

  private constructor(options: ClusterOptions, folder: string, settings: Readonly<Record<string, string>>) {
    this.#options = options;
    this.#folder = folder;
    this.#settings = settings;
  }

  /**
   * Resolves when every member is ready.
   * @throws ClusterError with what to install, or with what a member said that could not start; nothing is left behind.
   */
  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const { ingresses = 2, transcribers = 2, media = 1, signal } = options;
    signal?.throwIfAborted();
    const programs = findServers();
    const folder = options.folder ?? (await mkdtemp(path.join(tmpdir(), 'verbatim-cluster-')));
    await mkdir(path.join(folder, 'redis'), { recursive: true });
    const [nats, monitor, redis] = await freePorts(3);
    const workers = process.env.STREAMING_WORKERS ?? String(workersEach(transcribers));
    const cluster = new Cluster(options, folder, {
      STREAMING_WORKERS: workers,
      ...options.settings,
      NATS_URL: `nats://127.0.0.1:${nats}`,
      REDIS_URL: `redis://127.0.0.1:${redis}`,
    });
    const abort = () => cluster.#over.abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await cluster.#startAll([
        natsLaunch(programs['nats-server'], folder, [nats!, monitor!]),
        redisLaunch(programs['redis-server'], path.join(folder, 'redis'), redis!),
      ]);
      const services: Launch[] = [];
      for (let i = 0; i < transcribers; i++) services.push(await cluster.#plan('transcriber'));
      for (let i = 0; i < media; i++) services.push(await cluster.#plan('media'));
      for (let i = 0; i < ingresses; i++) services.push(await cluster.#plan('ingress'));
      await cluster.#startAll(services);
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** In the order of their first start; of each name the latest process, which may have ended. */
  get members(): readonly Member[] {
    return [...this.#members.values()];
  }

  get ingresses(): Member[] {
    return this.#of('ingress');
  }

  get transcribers(): Member[] {
    return this.#of('transcriber');
  }

  get media(): Member[] {
    return this.#of('media');
  }

  /** Starts a member again, at the same addresses and with the same data; one that lives is stopped first. */
  async restart(name: string): Promise<Member> {
    const launch = this.#launches.get(name);
    if (launch === undefined) {
      throw new ClusterError(`The cluster has no member ${name}; it has ${[...this.#launches.keys()].join(', ')}.`);
    }
    return this.#inTurn(name, async () => {
      await this.#members.get(name)?.stop();
      return this.#start(launch);
    });
  }

  /** Starts one more; resolves when it is ready. */
  async add(role: Service): Promise<Member> {
    const launch = await this.#plan(role);
    this.#launches.set(launch.name, launch);
    return this.#inTurn(launch.name, () => this.#start(launch));
  }

  /**
   * Ends everything: ingresses first, so that live sessions can be flushed, then media processes and transcribers, then the servers. What
   * does not end by itself within its time is killed. A second call waits for the first.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #of(role: Service): ChildMember[] {
    return [...this.#members.values()].filter((member) => member.role === role);
  }

  async #plan(role: Service): Promise<Launch> {
    this.#counts[role] += 1;
    const name = `${role}-${this.#counts[role]}`;
    return serviceLaunch(role, name, await freePorts(3), this.#settings);
  }

  async #startAll(launches: readonly Launch[]): Promise<void> {
    for (const launch of launches) this.#launches.set(launch.name, launch);
    const starts = launches.map((launch) => this.#inTurn(launch.name, () => this.#start(launch)));
    try {
      await Promise.all(starts);
    } catch (error) {
      // The others need not get ready any more.
      this.#over.abort(error);
      await Promise.allSettled(starts);
      throw error;
    }
  }

  async #start(launch: Launch): Promise<Member> {
    this.#over.signal.throwIfAborted();
    const member = await ChildMember.spawn(launch, {
      onLine: (name, line) => this.#options.onLine?.(name, line),
      onChange: () => this.#changed(),
    });
    this.#guard.watch(member.pid);
    void member.exited.then(() => this.#guard.forget(member.pid));
    this.#members.set(launch.name, member);
    this.#changed();
    try {
      await member.untilReady(this.#over.signal);
    } catch (error) {
      await member.stop();
      throw error;
    }
    return member;
  }

  #inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(name) ?? Promise.resolve();
    const turn = before.then(work, work);
    this.#turns.set(name, turn);
    return turn;
  }

  #changed(): void {
    this.#options.onChange?.(this.members);
  }

  async #stopAll(): Promise<void> {
    this.#over.abort(new ClusterError('The cluster is being stopped.'));
    await Promise.allSettled(this.#turns.values());
    for (const roles of [['ingress'], ['media'], ['transcriber'], ['redis', 'nats']]) {
      const members = [...this.#members.values()].filter(({ role }) => roles.includes(role));
      await Promise.all(members.map((member) => member.stop()));
    }
    await this.#guard.close();
    if (this.#options.folder === undefined) await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Decode threads for each of several transcribers that share this machine's cores. */
const workersEach = (transcribers: number): number =>
  Math.max(1, Math.floor(availableParallelism() / Math.max(1, transcribers)));
