import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../services/standalone/dist/main.js', import.meta.url));

/** The server as a user starts it: a process of its own. */
export class ServerProcess implements AsyncDisposable {
  /** Settles with the exit code. */
  readonly exit: Promise<number | null>;
  #output = '';
  #errors = '';
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();

  /** Starts it on free ports with `settings` by the names of their environment variables. */
  constructor(settings: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, [main], {
      env: { ...process.env, PORT: '0', GRPC_PORT: '0', METRICS_PORT: '0', LOG_LEVEL: 'warn', ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (data) => this.#heard(() => (this.#output += data)));
    this.#child.stderr?.on('data', (data) => this.#heard(() => (this.#errors += data)));
    this.exit = new Promise((resolve) => {
      this.#child.on('close', (code) => this.#heard(() => resolve(code)));
    });
  }

  get output(): string {
    return this.#output;
  }

  get errors(): string {
    return this.#errors;
  }

  /** Resolves with the match once standard output has it; rejects if the process ends before. */
  async until(pattern: RegExp): Promise<RegExpMatchArray> {
    let code: number | null | undefined;
    void this.exit.then((ended) => {
      code = ended;
    });
    for (;;) {
      const match = this.#output.match(pattern);
      if (match) return match;
      if (code !== undefined) throw new Error(`The server ended with ${code}: ${this.#errors}`);
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
