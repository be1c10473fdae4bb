import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { findProgram } from '@verbatim/kit';
import { ObserveError } from './observe-error.ts';

/** Lines that are kept to explain an end that nobody asked for. */
const TAIL = 12;

/** A server of somebody else's that runs while we do. */
export class ChildProgram {
  readonly name: string;
  readonly pid: number;
  /** Settles, with a sentence that says how and what it said last, when the process has ended. */
  readonly exited: Promise<string>;
  readonly #child: ChildProcess;
  readonly #matters: RegExp;
  readonly #tail: string[] = [];
  readonly #listeners = new Set<(line: string) => void>();
  #ended = false;

  private constructor(name: string, child: ChildProcess, matters: RegExp) {
    this.name = name;
    this.#matters = matters;
    this.pid = child.pid!;
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream!).on('line', (line) => this.#hear(line));
    }
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.#ended = true;
        const how = code === null ? `was ended by ${signal}` : `ended with code ${code}`;
        resolve(`${name} ${how}.${this.said}`);
      });
    });
  }

  /**
   * @param matters lines that explain an end; default: all
   * @throws ObserveError if the program can't be run.
   */
  static async start(name: string, file: string, args: readonly string[], matters = /^/): Promise<ChildProgram> {
    // Where it can be had, the kernel ends the program also when this process is killed and can't do so itself.
    const keeper = process.platform === 'linux' ? findProgram('setpriv') : undefined;
    const [command, before] = keeper === undefined ? [file, []] : [keeper, ['--pdeathsig', 'KILL', '--', file]];
    const child = spawn(command, [...before, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // In a group of its own, Ctrl-C in a terminal leaves its end to us.
      detached: true,
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause) =>
        reject(new ObserveError(`${name} can't be started: ${cause.message}.`, { cause })),
      );
    });
    return new ChildProgram(name, child, matters);
  }

  /** Its last lines, after a phrase that introduces them; empty if it said nothing. */
  get said(): string {
    return this.#tail.length === 0 ? '' : ` It said:\n${this.#tail.join('\n')}`;
  }

  /** The next line that matches. */
  line(pattern: RegExp): Promise<RegExpExecArray> {
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

  /** SIGTERM, and SIGKILL if it still runs after `patienceMs`. */
  async stop(patienceMs = 5_000): Promise<void> {
    if (this.#ended) return;
    this.#child.kill('SIGTERM');
    const over = new AbortController();
    const late = pause(patienceMs, true, { signal: over.signal }).catch(() => false);
    if ((await Promise.race([this.exited, late])) === true) this.#child.kill('SIGKILL');
    over.abort();
    await this.exited;
  }

  #hear(line: string): void {
    if (this.#matters.test(line)) this.#tail.push(line);
    if (this.#tail.length > TAIL) this.#tail.shift();
    for (const listener of this.#listeners) listener(line);
  }
}
