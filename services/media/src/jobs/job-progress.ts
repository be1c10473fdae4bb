import { type Clock, type Samples, secondsFromSamples } from '@verbatim/contracts';

/** The store hears of progress this often; listeners of every piece of text. */
const REPORT_EVERY_MS = 1_000;
/** Until the last channel has closed, a job is not done. */
const NEARLY = 0.999;

export interface JobProgressOptions {
  readonly channels: number;
  /** The length of the file by its own word; null where it does not say. */
  readonly seconds: number | null;
  readonly clock: Clock;
  /** `isNews`: the progress is to be stored; else only that there may be more text. */
  readonly write: (progress: number, isNews: boolean) => Promise<void>;
}

/** How far a job is, over all of its channels, told no more often than is of use. */
export class JobProgress {
  readonly #options: JobProgressOptions;
  readonly #reached: Samples[];
  readonly #failed = new AbortController();
  #written = 0;
  #writtenAt: number;
  #writing: Promise<void> | null = null;
  #isDue = false;

  constructor(options: JobProgressOptions) {
    this.#options = options;
    this.#reached = Array.from({ length: options.channels }, () => 0);
    this.#writtenAt = options.clock.now();
  }

  /** Aborts when progress could not be told: somebody else has the job, or the store is away. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /** Tells what is known of the file before any of it is text. */
  async start(): Promise<void> {
    await this.#options.write(0, true);
  }

  /** The text of `channel` reaches this far. */
  reached(channel: number, committed: Samples): void {
    this.#reached[channel] = Math.max(this.#reached[channel] ?? 0, committed);
    this.#isDue = true;
    this.#writing ??= this.#write();
  }

  get #progress(): number {
    const { seconds, channels } = this.#options;
    if (seconds === null || seconds <= 0) return 0;
    const total = this.#reached.reduce((sum, samples) => sum + Math.min(seconds, secondsFromSamples(samples)), 0);
    return Math.min(NEARLY, total / (seconds * channels));
  }

  async #write(): Promise<void> {
    const { clock, write } = this.#options;
    try {
      while (this.#isDue && !this.#failed.signal.aborted) {
        this.#isDue = false;
        const isNews = clock.now() - this.#writtenAt >= REPORT_EVERY_MS && this.#progress > this.#written;
        if (isNews) {
          this.#writtenAt = clock.now();
          this.#written = this.#progress;
        }
        await write(this.#progress, isNews);
      }
    } catch (error) {
      this.#failed.abort(error);
    } finally {
      this.#writing = null;
    }
  }
}
