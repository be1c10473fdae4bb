import type { CreateJobOptions, Job } from '@verbatim/client';
import type { FileJobsOptions } from '../file-jobs.ts';

export const jobOf = (jobId: string, known: Partial<Job> = {}): Job => ({
  jobId,
  status: 'queued',
  progress: 0,
  model: 'tiny',
  task: 'transcribe',
  fileName: null,
  fileBytes: 5,
  channels: 'mix',
  createdAt: new Date(0),
  startedAt: null,
  finishedAt: null,
  audio: null,
  warnings: [],
  webhook: 'none',
  ...known,
});

interface FakeUpload {
  readonly options: CreateJobOptions;
  readonly accept: (jobId?: string) => Promise<void>;
  readonly fail: (error: Error) => Promise<void>;
}

interface Watcher {
  readonly next: (job: Job) => void;
  readonly fail: (error: Error) => void;
}

type FakedApi = FileJobsOptions['api'];

/** A server whose answers the test gives. */
export class FakeApi implements FakedApi {
  readonly uploads: FakeUpload[] = [];
  readonly calls: string[] = [];
  /** Of what else is asked for. */
  refusal: Error | null = null;
  readonly #watchers = new Map<string, Watcher>();

  createJob(_: Blob, options: CreateJobOptions): Promise<Job> {
    return new Promise((resolve, reject) => {
      const number = this.uploads.length + 1;
      options.signal?.addEventListener('abort', () => reject(options.signal?.reason));
      this.uploads.push({
        options,
        accept: (jobId = `j-${number}`) => settled(() => resolve(jobOf(jobId))),
        fail: (error) => settled(() => reject(error)),
      });
    });
  }

  async *watchJob(jobId: string): AsyncGenerator<Job, void, undefined> {
    for (;;) {
      const job = await new Promise<Job>((next, fail) => this.#watchers.set(jobId, { next, fail }));
      yield job;
      if (job.status === 'completed') return;
    }
  }

  async cancelJob(jobId: string): Promise<void> {
    this.calls.push(`cancel ${jobId}`);
    if (this.refusal !== null) throw this.refusal;
  }

  async deleteJob(jobId: string): Promise<void> {
    this.calls.push(`delete ${jobId}`);
    if (this.refusal !== null) throw this.refusal;
  }

  /** Tells who watches the job how it is. */
  tell(job: Job): Promise<void> {
    return settled(() => this.#watchers.get(job.jobId)?.next(job));
  }

  /** Fails the watching of a job. */
  lose(jobId: string, error: Error): Promise<void> {
    return settled(() => this.#watchers.get(jobId)?.fail(error));
  }
}

/** Does something, and lets what waits for it go on. */
const settled = async (act: () => void): Promise<void> => {
  act();
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
};

/** A browser's, as far as it is used. */
export class FakeStorage implements Pick<Storage, 'getItem' | 'setItem'> {
  readonly #items = new Map<string, string>();

  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }
}
