import { type ChildProcess, spawn } from 'node:child_process';

/** A Node program of ours as a user starts it: a process of its own, which never outlives its test. */
export class Program implements AsyncDisposable {
  /** Settles with the exit code; null if a signal ended it. */
  readonly exit: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();
  #output = '';
  #errors = '';
  #ended = false;

  /**
   * Starts it.
   * @param main the file to run.
   * @param settings environment variables beside this process's own.
   */
  constructor(main: string, settings: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [main], {
      env: { ...process.env, ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (data) => this.#heard(() => (this.#output += data)));
    this.#child.stderr?.on('data', (data) => this.#heard(() => (this.#errors += data)));
    this.exit = new Promise((resolve) => {
      this.#child.on('close', (code) => {
        this.#heard(() => {
          this.#ended = true;
        });
        resolve(code);
      });
    });
  }

  /** What it wrote to standard output so far. */
  get output(): string {
    return this.#output;
  }

  /** What it wrote to standard error so far. */
  get errors(): string {
    return this.#errors;
  }

  /** Resolves with the match once standard output has it; rejects if the process ends before. */
  async until(pattern: RegExp): Promise<RegExpMatchArray> {
    for (;;) {
      const match = this.#output.match(pattern);
      if (match) return match;
      if (this.#ended) throw new Error(`The program ended before it said ${pattern}: ${this.#errors || this.#output}`);
      await new Promise<void>((resolve) => {
        const listener = () => {
          this.#listeners.delete(listener);
          resolve();
        };
        this.#listeners.add(listener);
      });
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exit;
  }

  #heard(take: () => void): void {
    take();
    for (const listener of this.#listeners) listener();
  }
}
