import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { CallsReport } from './callers-main.ts';
import type { Kit } from './kit.ts';

export interface CallsOptions {
  readonly root: string;
  /** The cluster address of the ingress service. */
  readonly address: string;
  /** A file: written by undisturbed sessions, read by all others. */
  readonly reference: string;
  readonly tracks: number;
  /** Sessions at a time. */
  readonly concurrency: number;
}

/** Sessions that begin and end one after another until they are told to come to an end. */
export class Calls {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #exited: Promise<unknown>;
  #said = '';
  #troubles = '';
  #begun = 0;
  #ended = 0;

  private constructor(child: ChildProcessByStdio<Writable, Readable, Readable>) {
    this.#child = child;
    this.#exited = once(child, 'close');
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#begun += text.split('+').length - 1;
      this.#ended += text.split('-').length - 1;
      this.#troubles += text;
    });
  }

  /** Begins to talk. */
  static async start(kit: Kit, options: CallsOptions): Promise<Calls> {
    return await Calls.#spawn(kit, options, []);
  }

  /** Undisturbed sessions: two of each track, whose texts the others are compared with. */
  static async learn(kit: Kit, options: CallsOptions): Promise<CallsReport> {
    return await (await Calls.#spawn(kit, options, ['--learn'])).#report();
  }

  static async #spawn(kit: Kit, options: CallsOptions, more: readonly string[]): Promise<Calls> {
    const program = path.join(options.root, 'test', 'dist', 'kube', 'callers-main.js');
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    // In the node's network, and otherwise here.
    const enter = ['-t', await kit.nodePid(), '-n', process.execPath];
    return new Calls(spawn('nsenter', [...enter, program, ...args, ...more], { stdio: ['pipe', 'pipe', 'pipe'] }));
  }

  /** Sessions that go on at this moment. */
  get active(): number {
    return this.#begun - this.#ended;
  }

  /** Begins no more sessions, waits for those that go on, and tells what came of all. */
  async finish(): Promise<CallsReport> {
    this.#child.stdin.end();
    return await this.#report();
  }

  /** Ends at once, whatever goes on. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async #report(): Promise<CallsReport> {
    await this.#exited;
    if (this.#said === '') throw new Error(`The callers ended without a report:\n${this.#troubles}`);
    return JSON.parse(this.#said) as CallsReport;
  }
}
