import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '@verbatim/kit';
import { freePorts } from '../cluster/free-ports.ts';
import { type RunOptions, run, runAnyhow } from './run.ts';

/** What the kit runs on; its README names the Debian packages. */
const PROGRAMS = ['containerd', 'runc', 'iptables', 'nft', 'zstd', 'openssl', 'curl', 'bc', 'python3', 'nsenter'];
const CNI_PLUGIN = '/usr/lib/cni/bridge';
const UP_TIMEOUT_MS = 180_000;
const DOWN_TIMEOUT_MS = 60_000;

/** The kit with which a real one-node Kubernetes runs on this machine, or why there is none, in a sentence. */
export const findKit = (root: string): { readonly folder: string } | { readonly missing: string } => {
  const folder = process.env.VERBATIM_KUBE_KIT ?? path.join(root, '..', 'shared', 'kube');
  if (!existsSync(path.join(folder, 'up'))) return { missing: `there is no Kubernetes kit at ${folder}` };
  if (process.getuid?.() !== 0) return { missing: 'a Kubernetes node needs root' };
  const programs = PROGRAMS.filter((program) => findProgram(program) === undefined);
  if (!existsSync(CNI_PLUGIN)) programs.push('containernetworking-plugins');
  if (programs.length > 0) return { missing: `not on this machine: ${programs.join(', ')}` };
  return { folder };
};

/** A Kubernetes of one node on this machine, with its API on a port of its own. */
export class Kit implements AsyncDisposable {
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;

  /** Ends the node when this process is gone, however it went: the node is in namespaces of its own and would stay. */
  readonly #guard: ChildProcess;

  private constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#env = env;
    this.#guard = spawn('/bin/sh', ['-c', 'cat; exec "$0"', path.join(folder, 'down')], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.#guard.unref();
  }

  /**
   * Copies the kit to `folder`, where it unpacks beside itself, and starts the node.
   * @param name of the node: each one on a machine has its own
   */
  static async start(kit: string, folder: string, name: string): Promise<Kit> {
    await mkdir(folder, { recursive: true });
    // What it unpacked before stays.
    await cp(kit, folder, { recursive: true, force: true });
    for (const part of ['', 'dist', 'lib', 'manifests', 'test']) await chmod(path.join(folder, part), 0o755);
    const [port] = await freePorts(1);
    const started = new Kit(folder, {
      KIT_RUN: path.join(folder, 'run'),
      KIT_NODE: name,
      KIT_PORT: String(port),
    });
    await started.#down();
    try {
      await run(path.join(folder, 'up'), [], { env: started.#env, timeoutMs: UP_TIMEOUT_MS });
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
    return started;
  }

  get kubeconfig(): string {
    return path.join(this.#folder, 'run', 'kubeconfig');
  }

  /** Its way to make an image of local files. */
  get mkimage(): string {
    return path.join(this.#folder, 'mkimage');
  }

  /** The process whose network namespace is the node's: services and pods are reached from there. */
  async nodePid(): Promise<string> {
    const [pid = ''] = (await readFile(path.join(this.#folder, 'run', 'init.pid'), 'utf8')).split(' ');
    return pid;
  }

  async kubectl(args: readonly string[], options: RunOptions = {}): Promise<string> {
    return await run(path.join(this.#folder, 'bin', 'kubectl'), args, this.#withConfig(options));
  }

  /** kubectl, whatever its exit code. */
  async kubectlAnyhow(args: readonly string[], options: RunOptions = {}) {
    return await runAnyhow(path.join(this.#folder, 'bin', 'kubectl'), args, this.#withConfig(options));
  }

  /** An object, or a list of them, as the API server has it. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at few of the many fields of many kinds.
  async get(...args: readonly string[]): Promise<any> {
    return JSON.parse(await this.kubectl(['get', ...args, '-o', 'json']));
  }

  /** Runs a command on the node. */
  async onNode(...command: readonly string[]): Promise<string> {
    return await run(path.join(this.#folder, 'nsx'), command, { env: this.#env });
  }

  async loadImages(archives: readonly string[]): Promise<void> {
    await run(path.join(this.#folder, 'load'), archives, { env: this.#env });
  }

  #withConfig(options: RunOptions): RunOptions {
    return { ...options, env: { ...options.env, KUBECONFIG: this.kubeconfig } };
  }

  async #down(): Promise<void> {
    await runAnyhow(path.join(this.#folder, 'down'), [], { env: this.#env, timeoutMs: DOWN_TIMEOUT_MS });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#down();
    this.#guard.kill('SIGKILL');
    await rm(path.join(this.#folder, 'run'), { recursive: true, force: true });
  }
}

/**
 * Asks again until `ask` gives something other than null, undefined or false.
 * @throws Error that says what did not come, with the last answer or error.
 */
export const until = async <T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | null | undefined | false>,
): Promise<T> => {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== null && answer !== undefined && answer !== false) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs / 1000} s`, { cause: last });
    await sleep(POLL_MS);
  }
};

const POLL_MS = 500;
