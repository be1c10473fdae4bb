import type { DecodeResult, DecodeWishes } from '../engines/engine.ts';
import type { ModelFamily } from '../models/catalogue.ts';
import { WorkerPort } from '../worker-port.ts';

/** A decode request as it crosses to a worker: 16-bit samples are half the bytes of floats. */
export interface DecodeWork extends DecodeWishes {
  readonly pcm16: Int16Array;
  /** In shared memory: set once nobody wants the result any more, also while the worker is at it. */
  readonly abortion: Abortion;
}

/** A flag that two threads see. */
export type Abortion = Int32Array<SharedArrayBuffer>;

export const newAbortion = (): Abortion => new Int32Array(new SharedArrayBuffer(4));
export const abort = (abortion: Abortion): void => void Atomics.store(abortion, 0, 1);
export const isAborted = (abortion: Abortion): boolean => Atomics.load(abortion, 0) === 1;

/** Which engine a worker loads. */
export interface EngineSource {
  readonly family: ModelFamily;
  /** Folder with the engine's own graphs. */
  readonly directory: string;
  readonly threads: number;
}

/** Decodes batches somewhere else than on the calling thread. */
export interface DecodePool {
  /** Batches that may run at once. */
  readonly size: number;
  /** Workers that are there; fewer than `size` while one that died is replaced. */
  readonly alive: number;
  /** One result for each piece of work, in order; null for one that was aborted. Rejects if the batch could not be decoded. */
  decode(batch: readonly DecodeWork[]): Promise<(DecodeResult | null)[]>;
  close(): Promise<void>;
}

/** Waits between tries to replace a worker. */
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 15_000;

type Port = WorkerPort<readonly DecodeWork[], (DecodeResult | null)[]>;

/**
 * Worker threads, each with an engine of its own: two workers of one thread decode more than one of two (20.8 to 16
 * Whisper encoder runs a second on two cores). A worker that dies is replaced, tried again and again if need be.
 */
export class WorkerDecodePool implements DecodePool {
  readonly size: number;
  readonly #source: EngineSource;
  readonly #onFailure: (error: Error) => void;
  readonly #idle: Port[] = [];
  readonly #all = new Set<Port>();
  readonly #waiting: { resolve(port: Port): void; reject(error: Error): void }[] = [];
  #closed = false;
  #lost: Error | undefined;

  private constructor(size: number, source: EngineSource, onFailure: (error: Error) => void) {
    this.size = size;
    this.#source = source;
    this.#onFailure = onFailure;
  }

  /** Rejects if the engine cannot be loaded. `onFailure` hears of each worker that died. */
  static async start(size: number, source: EngineSource, onFailure: (error: Error) => void): Promise<WorkerDecodePool> {
    const pool = new WorkerDecodePool(size, source, onFailure);
    try {
      await Promise.all(Array.from({ length: size }, () => pool.#startWorker()));
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
  }

  get alive(): number {
    return this.#all.size;
  }

  async decode(batch: readonly DecodeWork[]): Promise<(DecodeResult | null)[]> {
    const port = await this.#take();
    try {
      // Copied, not transferred: a second try needs the samples again.
      return await port.request(batch, []);
    } finally {
      if (this.#all.has(port)) this.#give(port);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(new Error('The decode pool was closed.'));
    await Promise.all([...this.#all].map((port) => port.close()));
  }

  #take(): Promise<Port> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    const port = this.#idle.pop();
    if (port !== undefined) return Promise.resolve(port);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #give(port: Port): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#idle.push(port);
    else waiting.resolve(port);
  }

  async #startWorker(): Promise<void> {
    const url = new URL('./decode-worker.js', import.meta.url);
    const port: Port = await WorkerPort.start(url, this.#source);
    if (this.#closed) return await port.close();
    port.onFailure = (error) => this.#replace(port, error);
    this.#all.add(port);
    this.#lost = undefined;
    this.#give(port);
  }

  #replace(port: Port, error: Error): void {
    this.#all.delete(port);
    const idle = this.#idle.indexOf(port);
    if (idle >= 0) this.#idle.splice(idle, 1);
    this.#onFailure(error);
    this.#startAnother(FIRST_RETRY_MS);
  }

  /** Starts a worker in place of one that died; with none left, decodes are refused until that succeeds. */
  #startAnother(waitMs: number): void {
    if (this.#closed) return;
    this.#startWorker().catch((failure: Error) => {
      this.#onFailure(failure);
      if (this.#all.size === 0) {
        this.#lost = new Error('No decode worker is left.', { cause: failure });
        for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#lost);
      }
      setTimeout(() => this.#startAnother(Math.min(2 * waitMs, LAST_RETRY_MS)), waitMs).unref();
    });
  }
}
