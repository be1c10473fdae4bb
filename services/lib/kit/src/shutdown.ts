import { constants } from 'node:os';
import { type Clock, systemClock } from '@verbatim/contracts';
import type { Logger } from './logger.ts';

/** Closes one thing. `overdue` aborts when the shutdown's time is up: what can be forced should be then. */
export type Closer = (overdue: AbortSignal) => Promise<void> | void;

export interface ShutdownOptions {
  readonly logger: Pick<Logger, 'warn' | 'error'>;
  /** For all closers together. Default: 2000. */
  readonly deadlineMs?: number;
  readonly clock?: Clock;
}

export interface ShutdownResult {
  /** Names of the closers that failed or did not finish in time, in the order of closing. */
  readonly unfinished: readonly string[];
}

/**
 * Closes a process's parts one after another, the last added first, so that each part may rely on those added before
 * it until it is closed. Adding as one opens gives the right order: stores, then workers, then doors.
 */
export class Shutdown {
  readonly #closers: { readonly name: string; readonly close: Closer }[] = [];
  readonly #options: ShutdownOptions;
  #run: Promise<ShutdownResult> | undefined;

  constructor(options: ShutdownOptions) {
    this.#options = options;
  }

  add(name: string, close: Closer): void {
    this.#closers.push({ name, close });
  }

  /**
   * Closes everything; a second call gives the first one's result. After the deadline the closers that are left are
   * still called, but not waited for. Never rejects: what went wrong is logged.
   */
  run(): Promise<ShutdownResult> {
    this.#run ??= this.#close();
    return this.#run;
  }

  async #close(): Promise<ShutdownResult> {
    const { logger, deadlineMs = 2_000, clock = systemClock } = this.#options;
    const overdue = new AbortController();
    const late = new Promise<'late'>((resolve) => {
      overdue.signal.addEventListener('abort', () => resolve('late'));
    });
    const cancelDeadline = clock.after(deadlineMs, () => overdue.abort());
    // The clock's timers keep no process alive; without this, one whose closers hang on nothing would end before the deadline.
    const alive = setInterval(() => {}, 2 ** 30);
    const unfinished: string[] = [];
    for (const { name, close } of this.#closers.reverse()) {
      const done = attempt(close, overdue.signal).then((error) => {
        if (error !== undefined) logger.error({ part: name, err: error }, 'a part failed to close');
        return error === undefined ? 'done' : 'failed';
      });
      const outcome = await Promise.race([done, late]);
      if (outcome !== 'done') unfinished.push(name);
      if (outcome === 'late') logger.warn({ part: name, deadlineMs }, 'a part did not close in time');
    }
    clearInterval(alive);
    cancelDeadline();
    return { unfinished };
  }
}

const attempt = async (close: Closer, overdue: AbortSignal): Promise<unknown> => {
  try {
    await close(overdue);
    return undefined;
  } catch (error) {
    return error ?? new Error('closed with an empty error');
  }
};

/** One Ctrl-C can arrive twice: from the terminal, which signals the whole group, and from npm, which forwards it. */
const SAME_KEYPRESS_MS = 500;

export interface SignalOptions {
  readonly clock?: Pick<Clock, 'now'>;
  readonly source?: Pick<NodeJS.Process, 'on'>;
  readonly exit?: (code: number) => void;
}

/**
 * Resolves with the first of `signals` that the process gets. From then on the next one ends the process at once, with
 * the shell's code for it (128 + the signal's number); repeats within half a second count as the same one.
 */
export const untilSignal = (
  signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'],
  { clock = systemClock, source = process, exit = process.exit }: SignalOptions = {},
): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    let first: number | undefined;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (first === undefined) {
        first = clock.now();
        resolve(signal);
      } else if (clock.now() - first >= SAME_KEYPRESS_MS) {
        exit(128 + constants.signals[signal]);
      }
    };
    for (const signal of signals) source.on(signal, onSignal);
  });
