import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { BenchError } from './bench-error.ts';

export interface ServerOptions {
  /** The repository. */
  readonly root: string;
  /** Sessions to admit; without it the server decides by its own warm-up. */
  readonly maxSessions?: number;
  /** Folder for CPU profiles. */
  readonly cpuProfiles?: string | null;
  /** Beyond those of the environment, by their names there. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** What a stopping server needs at most; it promises two seconds. */
const STOP_MS = 5_000;
const READY = /^Ready for (\d+) live sessions/;

/**
 * The server under test in a process of its own, so that its CPU and memory can be told from the load generator's.
 */
export class ServerUnderTest implements AsyncDisposable {
  readonly wsUrl: string;
  readonly metricsUrl: string;
  /** Sessions that it admits. */
  readonly slots: number;
  /** Lines that it logged; at level warn there should be none. */
  readonly log: readonly string[];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, said: readonly string[], log: readonly string[]) {
    const find = (pattern: RegExp) => {
      const match = said.map((line) => pattern.exec(line)?.[1]).find((each) => each !== undefined);
      if (match === undefined)
        throw new BenchError(`The server under test did not say ${pattern}:\n${said.join('\n')}`);
      return match;
    };
    this.#child = child;
    this.log = log;
    this.wsUrl = find(/(ws:\/\/\S+)/);
    this.metricsUrl = find(/(http:\/\/\S+\/metrics)/);
    this.slots = Number(find(READY));
  }

  /** Resolves when it takes sessions. @throws BenchError with what it said when it ends before that. */
  static async start({ root, maxSessions, cpuProfiles, settings, signal }: ServerOptions): Promise<ServerUnderTest> {
    const profiling = cpuProfiles ? ['--cpu-prof', `--cpu-prof-dir=${path.resolve(root, cpuProfiles)}`] : [];
    const child = spawn(process.execPath, [...profiling, path.join(root, 'services/standalone/dist/main.js')], {
      cwd: root,
      env: {
        ...process.env,
        ...{ HOST: '127.0.0.1', PORT: '0', GRPC_PORT: '0', METRICS_PORT: '0', LOG_LEVEL: 'warn' },
        ...(maxSessions !== undefined && { MAX_SESSIONS: String(maxSessions) }),
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stop = () => child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    child.once('exit', () => signal.removeEventListener('abort', stop));
    const said: string[] = [];
    const log: string[] = [];
    createInterface(child.stderr!).on('line', (line) => log.push(line));
    const output = createInterface(child.stdout!);
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        reject(new BenchError(`The server under test ended with code ${code}:\n${[...said, ...log].join('\n')}`));
      });
      output.on('line', (line) => {
        (line.startsWith('{') ? log : said).push(line);
        if (READY.test(line)) resolve();
      });
    });
    return new ServerUnderTest(child, said, log);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /**
   * 99th percentile of the event loop's delay since the last call, in milliseconds; it counts in steps of the 10 ms
   * timer that measures it, so that an idle loop shows about 10.
   */
  async eventLoopDelayMs(): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
      throw new BenchError(`The server under test ended during the benchmark:\n${this.log.slice(-20).join('\n')}`);
    }
    const text = await (await fetch(this.metricsUrl)).text();
    const seconds = /^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text)?.[1];
    return seconds === undefined ? null : Number(seconds) * 1000;
  }

  /** Ends it as Ctrl-C would, and by force where that takes too long. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(force);
  }
}
