import { type ChildProcess, spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import type { Readable } from 'node:stream';

/** The end of what a program says of its errors is enough. */
const MAX_ERROR_BYTES = 8_192;

// Where the shell can't set a limit (macOS has none for address space) the program runs without it.
const LIMITS = 'ulimit -c 0 2>/dev/null; ulimit -v "$0" 2>/dev/null; ulimit -t "$1" 2>/dev/null; shift; exec "$@"';

export interface ChildLimits {
  readonly memoryBytes: number;
  readonly cpuSeconds: number;
  readonly stallMs: number;
}

/** How a program ended. */
export type ChildEnd =
  | { readonly type: 'exit'; readonly code: number }
  /** `lifeMs`: from its start. */
  | { readonly type: 'signal'; readonly signal: NodeJS.Signals; readonly lifeMs: number }
  /** The system had no room for it. */
  | { readonly type: 'never_began' };

/**
 * A program that works on what a stranger sent: with little memory and processor time, no environment, below everybody's
 * priority, in a process group of its own that ends as a whole. Nothing of it is left once `output` has ended, however it
 * ended. It works in `folder`.
 */
export class LimitedChild {
  readonly #child: ChildProcess & { readonly stdout: Readable | null; readonly stderr: Readable | null };
  readonly #stallMs: number;
  readonly #ended: Promise<ChildEnd>;
  #errors = '';
  #stalled = false;
  #closed = false;

  constructor(program: string, args: readonly string[], folder: string, limits: ChildLimits) {
    const { memoryBytes, cpuSeconds, stallMs } = limits;
    const numbers = [Math.floor(memoryBytes / 1_024), Math.ceil(cpuSeconds)].map(String);
    this.#stallMs = stallMs;
    this.#child = spawn('/bin/sh', ['-c', LIMITS, ...numbers, program, ...args], {
      cwd: folder,
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const startedAt = performance.now();
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#errors += error.message;
        resolve({ type: 'never_began' });
      });
      // Not 'exit', which may come before the last of what it says of its errors.
      this.#child.once('close', (code, signal) => {
        const lifeMs = performance.now() - startedAt;
        this.#closed = true;
        resolve(signal === null ? { type: 'exit', code: code ?? 0 } : { type: 'signal', signal, lifeMs });
      });
    });
    this.#child.stderr?.on('data', (data: Buffer) => {
      this.#errors = (this.#errors + String(data)).slice(-MAX_ERROR_BYTES);
    });
    lower(this.#child.pid);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What it wrote to standard error. */
  get errors(): string {
    return this.#errors;
  }

  /** Whether it was ended because nothing came of it. */
  get stalled(): boolean {
    return this.#stalled;
  }

  /** Resolves when it is gone and everything that it wrote to standard error is here. */
  get ended(): Promise<ChildEnd> {
    return this.#ended;
  }

  /** What it writes to standard output, no faster than it is read. Leaving early ends the program. For one reader. */
  async *output(signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    const { stdout } = this.#child;
    const kill = () => this.#kill();
    signal.addEventListener('abort', kill, { once: true });
    if (signal.aborted) kill();
    try {
      const chunks = stdout?.[Symbol.asyncIterator]() as AsyncIterator<Buffer> | undefined;
      while (chunks !== undefined) {
        // Only while it is waited for: a reader that takes its time is no stall.
        const { done, value } = await this.#inTime(chunks.next());
        signal.throwIfAborted();
        if (done === true) break;
        yield value;
      }
      // One that has closed its output is about to end by itself, and how it does is worth knowing.
      await this.#inTime(this.#ended);
      signal.throwIfAborted();
    } finally {
      signal.removeEventListener('abort', kill);
      kill();
      stdout?.destroy();
      await this.#ended;
    }
  }

  async #inTime<T>(news: Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      this.#stalled = true;
      this.#kill();
    }, this.#stallMs);
    return await news.finally(() => clearTimeout(timer));
  }

  #kill(): void {
    const { pid } = this.#child;
    // One that it started may hold its pipes after its own end; until they close, the group's number is nobody else's.
    if (pid === undefined || this.#closed) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // All of it has just ended by itself.
    }
  }
}

const lower = (pid: number | undefined): void => {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already.
  }
};
