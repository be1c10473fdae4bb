import type { DecodeResult } from '../engines/engine.ts';
import { WorkerPort } from '../worker-port.ts';

/** A decode request as it crosses to a worker: 16-bit samples are half the bytes of floats. */
export interface DecodeWork {
  readonly pcm16: Int16Array;
  readonly draft: Int32Array | undefined;
}

/** Which engine a worker loads. */
export interface EngineSource {
  readonly family: 'moonshine';
  /** Folder with the engine's own graphs. */
  readonly directory: string;
  readonly threads: number;
}

/** Decodes batches somewhere else than on the calling thread. */
export interface DecodePool {
  /** Batches that may run at once. */
  readonly size: number;
  /** One result for each piece of work, in order. Rejects if the batch could not be decoded on two tries. */
  decode(batch: readonly DecodeWork[]): Promise<DecodeResult[]>;
  close(): Promise<void>;
}

type Port = WorkerPort<readonly DecodeWork[], DecodeResult[]>;

/**
 * Worker threads, each with an engine of its own: two workers of one thread decode more than one of two (20.8 to 16
 * Whisper encoder runs a second on two cores). A worker that dies is replaced, and its batch tried once more.
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

  async decode(batch: readonly DecodeWork[]): Promise<DecodeResult[]> {
    try {
      return await this.#decodeOnce(batch);
    } catch (error) {
      if (this.#closed) throw error;
      return await this.#decodeOnce(batch);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(new Error('The decode pool was closed.'));
    await Promise.all([...this.#all].map((port) => port.close()));
  }

  async #decodeOnce(batch: readonly DecodeWork[]): Promise<DecodeResult[]> {
    const port = await this.#take();
    try {
      // Copied, not transferred: a second try needs the samples again.
      return await port.request(batch, []);
    } finally {
      if (this.#all.has(port)) this.#give(port);
    }
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

  /** A worker could not be replaced. With none left, nothing can be decoded any more. */
  #giveUp(failure: Error): void {
    this.#onFailure(failure);
    if (this.#all.size > 0) return;
    this.#lost = new Error('No decode worker is left.', { cause: failure });
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#lost);
  }

  async #startWorker(): Promise<void> {
    const url = new URL('./decode-worker.js', import.meta.url);
    const port: Port = await WorkerPort.start(url, this.#source);
    port.onFailure = (error) => this.#replace(port, error);
    this.#all.add(port);
    this.#give(port);
  }

  #replace(port: Port, error: Error): void {
    this.#all.delete(port);
    const idle = this.#idle.indexOf(port);
    if (idle >= 0) this.#idle.splice(idle, 1);
    this.#onFailure(error);
    if (!this.#closed) this.#startWorker().catch((failure: Error) => this.#giveUp(failure));
  }
}
