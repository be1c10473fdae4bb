import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { ClusterError } from './cluster-error.ts';

export type Role = 'nats' | 'redis' | 'ingress' | 'transcriber' | 'media';

/** Where a member can be reached, by what is there: `ws`, `grpc`, `metrics`… */
export type Addresses = Readonly<Record<string, string>>;

/** One process of a cluster, from its start to its end; a restart gives another Member of the same name. */
export interface Member {
  /** `nats`, `redis`, `ingress-1`, `transcriber-2`… */
  readonly name: string;
  readonly role: Role;
  readonly pid: number;
  /** Empty until the member is ready. */
  readonly addresses: Addresses;
  /** A stopped (SIGSTOP) process is alive. */
  readonly alive: boolean;
  readonly state: 'starting' | 'ready' | 'exited';
  /** Settles with the exit code, or null if a signal ended it. */
  readonly exited: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
}

/** How to start a member; used again for each restart. */
export interface Launch {
  readonly name: string;
  readonly role: Role;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Time to get ready, in milliseconds. */
  readonly startMs: number;
  /** Time to end by itself after SIGTERM, in milliseconds. */
  readonly stopMs: number;
  /** Resolves with the addresses once the member can work. */
  ready(process: { line(pattern: RegExp): Promise<RegExpExecArray> }, signal: AbortSignal): Promise<Addresses>;
}

export interface MemberHooks {
  onLine(name: string, line: string): void;
  /** The state has changed. */
  onChange(): void;
}

/** Lines that are kept to explain a start that failed. */
const TAIL = 12;

export class ChildMember implements Member {
  readonly name: string;
  readonly role: Role;
  readonly pid: number;
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #launch: Launch;
  readonly #hooks: MemberHooks;
  readonly #tail: string[] = [];
  readonly #listeners = new Set<(line: string) => void>();
  #state: Member['state'] = 'starting';
  #addresses: Addresses = {};

  private constructor(child: ChildProcess, launch: Launch, hooks: MemberHooks) {
    this.name = launch.name;
    this.role = launch.role;
    this.pid = child.pid!;
    this.#child = child;
    this.#launch = launch;
    this.#hooks = hooks;
    for (const stream of [child.stdout, child.stderr]) this.#read(stream!);
    this.exited = new Promise((resolve) => {
      child.once('close', (code) => {
        this.#become('exited');
        resolve(code);
      });
    });
  }

  /** Starts the process; `untilReady` tells when it can work. @throws ClusterError if there is no such program. */
  static async spawn(launch: Launch, hooks: MemberHooks): Promise<ChildMember> {
    const child = spawn(launch.command, launch.args, {
      env: { ...process.env, ...launch.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Ctrl-C in a terminal goes to the whole process group: without a group of their own, all would end at once.
      detached: true,
    });
    if (child.pid !== undefined) return new ChildMember(child, launch, hooks);
    const [error] = (await once(child, 'error')) as [Error];
    throw new ClusterError(`${launch.name} can't be started: ${error.message}.`, { cause: error });
  }

  get addresses(): Addresses {
    return this.#addresses;
  }

  get state(): Member['state'] {
    return this.#state;
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** @throws ClusterError with what it said if it ends before it is ready or takes too long; the signal's reason. */
  async untilReady(signal: AbortSignal): Promise<void> {
    const { name, startMs } = this.#launch;
    const over = new AbortController();
    const enough = AbortSignal.any([signal, over.signal]);
    const timer = setTimeout(() => {
      over.abort(new ClusterError(`${name} was not ready after ${startMs / 1000} s.${this.#said()}`));
    }, startMs);
    const aborted = new Promise<never>((_, reject) => {
      enough.addEventListener('abort', () => reject(enough.reason), { once: true });
      if (enough.aborted) reject(enough.reason);
    });
    const died = this.exited.then((code) => {
      const how = code === null ? `was ended by ${this.#child.signalCode}` : `ended with code ${code}`;
      throw new ClusterError(`${name} ${how} before it was ready.${this.#said()}`);
    });
    const parts = { line: (pattern: RegExp) => this.#line(pattern) };
    try {
      this.#addresses = await Promise.race([this.#launch.ready(parts, enough), died, aborted]);
      this.#become('ready');
    } finally {
      clearTimeout(timer);
      over.abort();
      died.catch(() => {});
      aborted.catch(() => {});
    }
  }

  /** SIGTERM, and SIGKILL when that takes too long. */
  async stop(): Promise<void> {
    if (this.#state === 'exited') return;
    this.kill('SIGTERM');
    // One that was stopped would not hear it.
    this.kill('SIGCONT');
    const late = new AbortController();
    const patience = pause(this.#launch.stopMs, 'late', { signal: late.signal }).catch(() => 'over');
    if ((await Promise.race([this.exited, patience])) === 'late') this.kill('SIGKILL');
    late.abort();
    await this.exited;
  }

  #line(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve) => {
      const listener = (line: string) => {
        const match = pattern.exec(line);
        if (match === null) return;
        this.#listeners.delete(listener);
        resolve(match);
      };
      this.#listeners.add(listener);
    });
  }

  #read(stream: Readable): void {
    createInterface(stream).on('line', (line) => {
      this.#tail.push(line);
      if (this.#tail.length > TAIL) this.#tail.shift();
      for (const listener of this.#listeners) listener(line);
      this.#hooks.onLine(this.name, line);
    });
  }

  #said(): string {
    return this.#tail.length === 0 ? '' : ` It said:\n${this.#tail.join('\n')}`;
  }

  #become(state: Member['state']): void {
    if (this.#state === 'exited') return;
    this.#state = state;
    this.#hooks.onChange();
  }
}
