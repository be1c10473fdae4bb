import { WorkerPort } from '../worker-port.ts';
import { SILERO_STATE_SIZE, sileroModelFile } from './silero-model.ts';
import type { DetectorJob, DetectorResult, DetectorState, VoiceDetector } from './voice-detector.ts';

/** Jobs sent to the worker at once; more wait one round, so that no session waits long behind a crowd. */
const MAX_BATCH_JOBS = 64;

type Port = WorkerPort<readonly DetectorJob[], DetectorResult[]>;

interface Waiting {
  readonly job: DetectorJob;
  resolve(result: DetectorResult): void;
  reject(error: Error): void;
}

/**
 * Silero in a worker thread of its own. While one batch is computed, the jobs that arrive gather for the next: under
 * load batches grow by themselves, and an idle detector answers at once.
 */
export class SileroDetector implements VoiceDetector {
  readonly name = 'silero';
  readonly #file: string;
  #worker: Port | undefined;
  readonly #waiting: Waiting[] = [];
  #busy = false;

  private constructor(file: string, worker: Port) {
    this.#file = file;
    this.#worker = worker;
  }

  /** Rejects if the model cannot be loaded. */
  static async start(file: string = sileroModelFile()): Promise<SileroDetector> {
    return new SileroDetector(file, await startWorker(file));
  }

  get alive(): boolean {
    return this.#worker !== undefined;
  }

  initialState(): DetectorState {
    return new Float32Array(SILERO_STATE_SIZE);
  }

  detect(job: DetectorJob): Promise<DetectorResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      void this.#run();
    });
  }

  async close(): Promise<void> {
    await this.#worker?.close();
  }

  async #run(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_BATCH_JOBS);
      try {
        const results = await this.#detect(batch.map(({ job }) => job));
        batch.forEach((waiting, i) => {
          waiting.resolve(results[i]!);
        });
      } catch (error) {
        for (const waiting of batch) waiting.reject(error as Error);
      }
    }
    this.#busy = false;
  }

  /** One try with the worker there is and, if that died, one with a new one. */
  async #detect(jobs: readonly DetectorJob[]): Promise<DetectorResult[]> {
    if (this.#worker !== undefined) {
      try {
        return await this.#worker.request(jobs, []);
      } catch {
        await this.#worker.close();
        this.#worker = undefined;
      }
    }
    this.#worker = await startWorker(this.#file);
    return await this.#worker.request(jobs, []);
  }
}

const startWorker = (file: string): Promise<Port> =>
  WorkerPort.start(new URL('./silero-worker.js', import.meta.url), { file });
