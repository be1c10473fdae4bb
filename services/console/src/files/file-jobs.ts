import { type ReadonlySignal, signal } from '@preact/signals';
import { ApiError, type JobFields, type VerbatimApi } from '@verbatim/client';
import { againOf, type FileEntry, type FileState, jobIdOf } from './file-entry.ts';
import { changed, isSameFile, nextUploads } from './file-list.ts';
import type { JobMemory } from './job-memory.ts';
import { afterUploadFailure } from './upload-failure.ts';

export interface FileJobsOptions {
  readonly api: Pick<VerbatimApi, 'createJob' | 'watchJob' | 'cancelJob' | 'deleteJob'>;
  readonly memory: Pick<JobMemory, 'all' | 'add' | 'remove'>;
  /** How long the recording in a file is, in seconds. */
  readonly lengthOf: (file: File) => Promise<number | null>;
  readonly newKey: () => string;
}

const UNREADABLE = 'The browser can’t read it any more: it was moved or changed, or it is a folder. Choose it again.';

/** The files of this page: sends them, two at a time, and follows their jobs. */
export class FileJobs {
  readonly #options: FileJobsOptions;
  readonly #entries = signal<readonly FileEntry[]>([]);
  readonly #news = signal('');
  /** What is under way for an entry, by its id. */
  readonly #work = new Map<string, AbortController>();
  #turn = 0;

  constructor(options: FileJobsOptions) {
    this.#options = options;
  }

  /** Newest first; files that were added together stay in their order. */
  get entries(): ReadonlySignal<readonly FileEntry[]> {
    return this.#entries;
  }

  /** What has just been finished, in a sentence for who can't see it. */
  get news(): ReadonlySignal<string> {
    return this.#news;
  }

  /** Shows the jobs that the page made before it was loaded, and asks how they are. */
  restore(): void {
    const shown = new Set(this.#entries.value.map(jobIdOf));
    const found = this.#options.memory.all().filter(({ jobId }) => !shown.has(jobId));
    const entries = found.map(({ jobId, name, bytes }) =>
      this.#entry({ name, bytes, state: { kind: 'asking', jobId } }),
    );
    this.#entries.value = [...this.#entries.value, ...entries];
    for (const { id, state } of entries) if (state.kind === 'asking') void this.#follow(id, state.jobId);
  }

  add(files: readonly File[], fields: JobFields): void {
    const entries = files.map((file) => this.#entry({ name: file.name, bytes: file.size, file, fields }));
    this.#entries.value = [...entries, ...this.#entries.value];
    this.#sendNext();
  }

  /** Ends what is under way. */
  async cancel(id: string): Promise<void> {
    const entry = this.#find(id);
    if (entry === undefined) return;
    const jobId = jobIdOf(entry);
    if (jobId !== null) {
      await this.#attempt(id, () => this.#options.api.cancelJob(jobId));
      return;
    }
    this.#stop(id);
    this.#setState(id, { kind: 'stopped' });
    this.#sendNext();
  }

  /** Sends a file again, or asks again how its job is. */
  retry(id: string): void {
    const entry = this.#find(id);
    if (entry?.state.kind === 'unreached') {
      const { jobId } = entry.state;
      this.#setState(id, { kind: 'asking', jobId });
      void this.#follow(id, jobId);
      return;
    }
    const again = entry === undefined ? 'no' : againOf(entry);
    if (entry === undefined || again === 'no') return;
    const before = jobIdOf(entry);
    if (before !== null) this.#options.memory.remove(before);
    this.#change(id, (known) => ({
      ...known,
      problem: null,
      idempotencyKey: again === 'same' ? known.idempotencyKey : this.#options.newKey(),
    }));
    this.#setState(id, { kind: 'waiting' });
    this.#sendNext();
  }

  /** Takes a file off the page, and erases what the server has of it. */
  async remove(id: string): Promise<void> {
    const entry = this.#find(id);
    if (entry === undefined) return;
    const jobId = jobIdOf(entry);
    if (jobId !== null && entry.state.kind !== 'expired') {
      const erased = await this.#attempt(id, () => erase(this.#options.api, jobId));
      if (!erased) return;
    }
    if (jobId !== null) this.#options.memory.remove(jobId);
    this.#stop(id);
    this.#entries.value = this.#entries.value.filter((other) => other.id !== id);
    this.#sendNext();
  }

  /** Gives an entry of an earlier page its file back, to be listened to. */
  attach(id: string, file: File): void {
    this.#change(id, (entry) =>
      isSameFile(entry, file)
        ? { ...entry, file, problem: null }
        : { ...entry, problem: `“${file.name}” is another file: its name or its size differs.` },
    );
  }

  /** Shows that something asked for did not work; null: no more. */
  tell(id: string, problem: string | null): void {
    this.#change(id, (entry) => ({ ...entry, problem }));
  }

  #sendNext(): void {
    for (const { id } of nextUploads(this.#entries.value)) void this.#send(id);
  }

  async #send(id: string): Promise<void> {
    const entry = this.#find(id);
    if (entry === undefined || entry.file === null) return;
    const { file, name, fields, idempotencyKey } = entry;
    const { signal } = this.#begin(id);
    this.#setState(id, { kind: 'uploading', share: 0 });
    void this.#findLength(id, file);
    try {
      const job = await this.#options.api.createJob(file, {
        fileName: name,
        fields,
        idempotencyKey,
        signal,
        onProgress: (sent, total) => {
          if (!signal.aborted) this.#setState(id, { kind: 'uploading', share: total === 0 ? 1 : sent / total });
        },
      });
      this.#options.memory.add({ jobId: job.jobId, name, bytes: file.size });
      this.#setState(id, { kind: 'known', job });
      void this.#follow(id, job.jobId);
    } catch (error) {
      if (signal.aborted) return;
      await this.#failed(id, file, error, signal);
    }
    this.#sendNext();
  }

  async #failed(id: string, file: File, error: unknown, signal: AbortSignal): Promise<void> {
    const state = afterUploadFailure(error);
    const readable = state.kind === 'unsent' && state.again === 'same' ? await isReadable(file) : true;
    if (signal.aborted) return;
    this.#setState(id, readable ? state : { kind: 'unsent', why: UNREADABLE, again: 'no' });
    if (state.kind !== 'delayed') return;
    const timer = setTimeout(() => {
      this.#setState(id, { kind: 'waiting' });
      this.#sendNext();
    }, state.seconds * 1000);
    signal.addEventListener('abort', () => clearTimeout(timer));
  }

  async #follow(id: string, jobId: string): Promise<void> {
    const { signal } = this.#begin(id);
    try {
      for await (const job of this.#options.api.watchJob(jobId, { signal })) {
        const before = this.#find(id);
        if (before?.state.kind === 'known' && job.status === 'completed')
          this.#news.value = `${before.name} is transcribed.`;
        this.#setState(id, { kind: 'known', job });
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#setState(id, afterWatchFailure(jobId, error));
    }
  }

  async #findLength(id: string, file: File): Promise<void> {
    const length = await this.#options.lengthOf(file);
    this.#change(id, (entry) => ({ ...entry, length }));
  }

  /** Runs what the server is asked for; shows why it did not work. @returns whether it did. */
  async #attempt(id: string, run: () => Promise<void>): Promise<boolean> {
    this.tell(id, null);
    try {
      await run();
      return true;
    } catch (error) {
      this.tell(id, messageOf(error));
      return false;
    }
  }

  #begin(id: string): AbortController {
    this.#stop(id);
    const work = new AbortController();
    this.#work.set(id, work);
    return work;
  }

  #stop(id: string): void {
    this.#work.get(id)?.abort();
    this.#work.delete(id);
  }

  #find(id: string): FileEntry | undefined {
    return this.#entries.value.find((entry) => entry.id === id);
  }

  #change(id: string, change: (entry: FileEntry) => FileEntry): void {
    this.#entries.value = changed(this.#entries.value, id, change);
  }

  #setState(id: string, state: FileState): void {
    this.#change(id, (entry) => ({ ...entry, state }));
  }

  #entry(known: Pick<FileEntry, 'name' | 'bytes'> & Partial<FileEntry>): FileEntry {
    this.#turn++;
    return {
      id: String(this.#turn),
      turn: this.#turn,
      file: null,
      length: null,
      fields: {},
      idempotencyKey: this.#options.newKey(),
      state: { kind: 'waiting' },
      problem: null,
      ...known,
    };
  }
}

/** Erases a job; one that is gone already is erased. */
const erase = async (api: FileJobsOptions['api'], jobId: string): Promise<void> => {
  try {
    await api.deleteJob(jobId);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
};

const afterWatchFailure = (jobId: string, error: unknown): FileState =>
  isGone(error) ? { kind: 'expired', jobId } : { kind: 'unreached', jobId, why: messageOf(error) };

const isGone = (error: unknown): boolean => error instanceof ApiError && error.status === 404;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const isReadable = async (file: File): Promise<boolean> => {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
};
