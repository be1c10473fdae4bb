import os from 'node:os';
import { type MessagePort, parentPort, Worker } from 'node:worker_threads';
import { forbidTelemetry } from './no-telemetry.ts';

/** Asks a worker to end when it has answered what it was asked before. */
const CLOSE = 'close';

/** How long a worker may take to finish what it is at when it is closed. */
const CLOSE_WAIT_MS = 1_000;

interface Request {
  readonly id: number;
  readonly payload: unknown;
}

/** What a worker sends back for the request with the same id. */
type Reply = { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: string };

/**
 * Answers requests inside a worker thread, one at a time. The first message is `start`'s argument; it is answered too,
 * so that the parent knows when the worker is ready. Buffers listed by `transfer` move instead of being copied.
 */
export function serveRequests<Start, Payload, Result>(handlers: {
  start(options: Start): Promise<(payload: Payload) => Promise<Result>>;
  transfer(result: Result): ArrayBuffer[];
  /** Linux nice value of this thread: inference gives way to the threads that move audio. */
  niceness: number;
}): void {
  const port = parentPort as MessagePort;
  lowerPriority(handlers.niceness);
  let handle: ((payload: Payload) => Promise<Result>) | undefined;
  let turn = Promise.resolve();
  port.on('message', (message: Request | typeof CLOSE) => {
    if (message === CLOSE) {
      void turn.then(() => port.close());
      return;
    }
    const { id, payload } = message;
    turn = turn.then(async () => {
      try {
        if (handle === undefined) {
          handle = await handlers.start(payload as Start);
          port.postMessage({ id, result: undefined } satisfies Reply);
          return;
        }
        const result = await handle(payload as Payload);
        port.postMessage({ id, result } satisfies Reply, handlers.transfer(result));
      } catch (error) {
        port.postMessage({ id, error: error instanceof Error ? error.message : String(error) } satisfies Reply);
      }
    });
  });
}

function lowerPriority(niceness: number): void {
  try {
    // Process id 0 is the calling thread on Linux, so this touches no other thread; elsewhere it would be the process.
    if (process.platform === 'linux' && niceness > 0) os.setPriority(0, niceness);
  } catch {
    // Some containers forbid it; the work is the same, only its scheduling is not.
  }
}

/** The parent's side of a worker thread that answers requests. */
export class WorkerPort<Payload, Result> {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #pending = new Map<number, { resolve(result: Result): void; reject(error: Error): void }>();
  #nextId = 0;
  #failure: Error | undefined;
  /** Called once if the worker ends without having been asked to. */
  onFailure: ((error: Error) => void) | undefined;

  private constructor(file: URL) {
    forbidTelemetry();
    this.#worker = new Worker(file);
    this.#worker.unref();
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#fail(new Error(`The worker thread ended with exit code ${code}.`));
        resolve();
      });
    });
  }

  /** Starts the worker and waits until it has answered the start message. Rejects with its error. */
  static async start<Payload, Result>(file: URL, options: unknown): Promise<WorkerPort<Payload, Result>> {
    const port = new WorkerPort<Payload, Result>(file);
    try {
      await port.#send(options, []);
    } catch (error) {
      await port.close();
      throw error;
    }
    return port;
  }

  request(payload: Payload, transfer: ArrayBuffer[]): Promise<Result> {
    return this.#send(payload, transfer);
  }

  /**
   * Ends the worker after the request that it is at; requests not yet answered are rejected. A thread must not be
   * terminated inside an inference: onnxruntime-node would abort the whole process.
   */
  async close(): Promise<void> {
    this.onFailure = undefined;
    this.#fail(new Error('The worker thread was closed.'));
    this.#worker.postMessage(CLOSE);
    const deadline = setTimeout(() => void this.#worker.terminate(), CLOSE_WAIT_MS);
    await this.#exited;
    clearTimeout(deadline);
  }

  #send(payload: unknown, transfer: ArrayBuffer[]): Promise<Result> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    return new Promise<Result>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      // A worker with work to do keeps the process alive; an idle one does not.
      this.#worker.ref();
      this.#worker.postMessage({ id, payload }, transfer);
    });
  }

  #settle(reply: Reply): void {
    const waiting = this.#pending.get(reply.id);
    if (waiting === undefined) return;
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if ('error' in reply) waiting.reject(new Error(reply.error));
    else waiting.resolve(reply.result as Result);
  }

  #fail(error: Error): void {
    const first = this.#failure === undefined;
    this.#failure ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
    if (first) this.onFailure?.(error);
  }
}
