import { type LinkState, SttError } from '@verbatim/contracts';
import { Cluster } from 'ioredis';
import type { Client } from './client.ts';
import { describe, isTransient, LOST, replyCode } from './link-detail.ts';
import { checkServer } from './server-check.ts';

const PING_EVERY_MS = 2_000;
const CHECK_EVERY_MS = 200;
/** Longest time between two tries of a call that Redis answered with "not now". */
const LONGEST_RETRY_MS = 500;

export interface LinkOptions {
  /** How long a call waits for a Redis that is away. */
  readonly patienceMs: number;
  readonly onState: (state: LinkState) => void;
  /** A key of this process's own, to try whether Redis takes writes. */
  readonly probeKey: string;
}

/**
 * A connection to Redis that comes and goes, and calls that do not mind: each is tried until it gets an answer or its
 * patience is over. It is tried again also when only its answer was lost, so every command given to `run` must have the
 * same effect once or twice.
 */
export class Link implements AsyncDisposable {
  /** Resolves when Redis is there and takes writes for the first time; never rejects. */
  readonly ready: Promise<void>;
  readonly #client: Client;
  readonly #options: LinkOptions;
  readonly #waiting = new Set<() => void>();
  readonly #watchdog: NodeJS.Timeout;
  #onReady: () => void = () => {};
  #state: LinkState = { status: 'connecting', detail: 'connecting' };
  #usable = false;
  #wasConnected = false;
  #closed = false;
  /** Redis is there, but refuses to write; found by a failed call and gone when a write works again. */
  #refusesWrites = false;
  #probing = false;
  #misconfigured: string | null = null;

  constructor(client: Client, options: LinkOptions) {
    this.#client = client;
    this.#options = options;
    this.ready = new Promise((resolve) => {
      this.#onReady = resolve;
    });
    // A client that reconnects tells of each end by 'close'; 'ready' comes after the handshake, authentication included.
    client.on('ready', () => void this.#check());
    client.on('close', () => {
      this.#misconfigured = null;
      this.#lose(LOST);
    });
    client.on('error', (error: Error) => {
      // ioredis would go on with database 0.
      if (error.message.includes('DB index')) this.#misconfigured = 'Redis has no database of that number';
      this.#lose(this.#misconfigured ?? describe(error));
    });
    client.on('node error', (error: Error) => {
      if (!this.#usable) this.#lose(describe(error));
    });
    this.#watchdog = setInterval(() => void this.#probe(), PING_EVERY_MS);
    this.#watchdog.unref();
  }

  get state(): LinkState {
    return this.#state;
  }

  /** The command's result; rejects with `unavailable` when there is none within the patience, or the link is closed. */
  async run<T>(command: (client: Client) => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.#options.patienceMs;
    let trouble: string | null = null;
    for (let tries = 0; ; tries++) {
      await this.#untilUsable(deadline, trouble);
      try {
        return await this.#within(deadline, command(this.#client));
      } catch (error) {
        if (error instanceof SttError || !isTransient(error)) throw plainly(error);
        this.#note(error);
        trouble = describe(error);
        await this.#pause(Math.min(LONGEST_RETRY_MS, 20 * 2 ** tries) * (1 - Math.random() / 2), deadline);
      }
    }
  }

  /** One try, for what may be left undone: the result, or null when Redis did not do it. */
  async attempt<T>(command: (client: Client) => Promise<T>): Promise<T | null> {
    if (!this.#usable) return null;
    try {
      return await this.#within(performance.now() + this.#options.patienceMs, command(this.#client));
    } catch (error) {
      this.#note(error);
      return null;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#usable = false;
    clearInterval(this.#watchdog);
    this.#wakeAll();
    this.#client.disconnect();
  }

  #unavailable(trouble: string | null): SttError {
    const known = this.#usable ? (trouble ?? 'no answer') : this.#state.detail;
    const why = this.#closed ? 'this process has let go of it' : known;
    return new SttError('unavailable', `The session store can't be reached (${why}); try again.`, {
      retryAfterMs: 1_000,
    });
  }

  async #untilUsable(deadline: number, trouble: string | null): Promise<void> {
    while (!this.#usable) {
      const left = deadline - performance.now();
      if (this.#closed || left <= 0) throw this.#unavailable(trouble);
      await this.#sleep(left);
    }
    if (performance.now() >= deadline) throw this.#unavailable(trouble);
  }

  /** Waits for `ms` or until the link wakes everyone. */
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#waiting.add(wake);
    });
  }

  async #pause(ms: number, deadline: number): Promise<void> {
    await this.#sleep(Math.max(0, Math.min(ms, deadline - performance.now())));
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #within<T>(deadline: number, result: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(this.#unavailable(null)), Math.max(0, deadline - performance.now()));
      result.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }

  async #check(): Promise<void> {
    try {
      const check = await checkServer(this.#client);
      if (this.#closed) return;
      if (check.usable && this.#misconfigured === null) {
        await this.#tryWriting();
        return this.#gain();
      }
      this.#lose(this.#misconfigured ?? (check.usable ? '' : check.detail));
    } catch (error) {
      this.#lose(describe(error));
    }
    setTimeout(() => {
      if (this.#client.status === 'ready' && !this.#usable) void this.#check();
    }, CHECK_EVERY_MS).unref();
  }

  /** Notes whether Redis takes writes; throws only what is the connection's trouble. */
  async #tryWriting(): Promise<void> {
    try {
      await this.#client.set(this.#options.probeKey, '1', 'PX', 1_000);
      this.#refusesWrites = false;
    } catch (error) {
      if (replyCode(error) === null) throw error;
      this.#note(error);
    }
  }

  async #probe(): Promise<void> {
    if (!this.#usable || this.#probing) return;
    this.#probing = true;
    try {
      if (this.#refusesWrites) await this.#tryWriting();
      else if (this.#client instanceof Cluster)
        await Promise.all(this.#client.nodes('master').map((node) => node.ping()));
      else await this.#client.ping();
      if (this.#usable && !this.#refusesWrites) this.#showConnected();
    } catch (error) {
      this.#note(error);
      if (this.#client instanceof Cluster && this.#usable && replyCode(error) === null) {
        this.#show('connected', `connected, but a node of the cluster is away: ${describe(error)}`);
      }
    } finally {
      this.#probing = false;
    }
  }

  /** Learns from a failed command. */
  #note(error: unknown): void {
    if (this.#closed) return;
    const code = replyCode(error);
    if (code === null) return;
    this.#refusesWrites = true;
    this.#show(this.#wasConnected ? 'away' : 'connecting', describe(error));
    // Sentinels know who the master is now; a replica will not become one by waiting.
    if (code === 'READONLY' && !(this.#client instanceof Cluster) && this.#client.options.sentinels) {
      this.#client.disconnect(true);
    }
  }

  #gain(): void {
    this.#usable = true;
    if (!this.#refusesWrites) this.#showConnected();
    this.#wakeAll();
  }

  #showConnected(): void {
    this.#wasConnected = true;
    this.#show('connected', 'connected');
    this.#onReady();
  }

  #lose(detail: string): void {
    if (this.#closed) return;
    this.#usable = false;
    // The end of a connection says less than the error before it.
    const known = detail === LOST && this.#state.status !== 'connected';
    if (!known) this.#show(this.#wasConnected ? 'away' : 'connecting', detail);
  }

  #show(status: LinkState['status'], detail: string): void {
    if (this.#state.status === status && this.#state.detail === detail) return;
    this.#state = { status, detail };
    this.#options.onState(this.#state);
  }
}

/** An error without the command that it is about: a command holds text, and may hold a password. */
const plainly = (error: unknown): SttError => {
  if (error instanceof SttError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new SttError('internal', `Redis refused a command (${replyCode(error) ?? 'unknown'}).`, {
    cause: new Error(message),
  });
};
