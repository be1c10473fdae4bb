import { setTimeout as sleep } from 'node:timers/promises';

/** A job as the REST door shows it, as far as tests read it. */
export interface JobBody {
  readonly job_id: string;
  readonly status: 'queued' | 'processing' | 'completed' | 'failed' | 'cancelled';
  readonly progress: number;
  readonly file_name: string | null;
  readonly warnings: readonly string[];
  readonly webhook: string;
  readonly audio: { readonly duration: number | null; readonly channel_count: number } | null;
  readonly error?: { readonly code: string; readonly message: string };
  readonly result?: {
    readonly text: string;
    readonly language: string | null;
    readonly duration: number;
    readonly segments: readonly {
      readonly id: number;
      readonly start: number;
      readonly end: number;
      readonly text: string;
      readonly confidence: number;
      readonly channel?: string;
    }[];
  };
}

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly field?: string;
}

const DEADLINE_MS = 60_000;

/** What a program does that sends files to the REST door. */
export class FilesClient {
  readonly #url: string;

  constructor(httpUrl: string) {
    this.#url = httpUrl;
  }

  /** Uploads a file; fields may come before it, as most clients send them, or behind. */
  async upload(
    file: Uint8Array,
    {
      name = 'speech.wav',
      fields = {},
      headers = {},
      fieldsLast = false,
    }: {
      readonly name?: string;
      readonly fields?: Readonly<Record<string, string>>;
      readonly headers?: Readonly<Record<string, string>>;
      readonly fieldsLast?: boolean;
    } = {},
  ): Promise<Response> {
    const form = new FormData();
    const addFields = () => {
      for (const [field, value] of Object.entries(fields)) form.append(field, value);
    };
    if (!fieldsLast) addFields();
    form.append('file', new Blob([file.slice()]), name);
    if (fieldsLast) addFields();
    return await fetch(`${this.#url}/v1/stt/jobs`, { method: 'POST', body: form, headers });
  }

  /** Uploads a file that is good, and gives its job. */
  async create(...upload: Parameters<FilesClient['upload']>): Promise<JobBody> {
    const response = await this.upload(...upload);
    if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as JobBody;
  }

  /** The answer to an upload that is refused. */
  async refusal(...upload: Parameters<FilesClient['upload']>): Promise<Problem> {
    return (await (await this.upload(...upload)).json()) as Problem;
  }

  async get(jobId: string): Promise<JobBody> {
    return (await (await this.call('GET', `/${jobId}`)).json()) as JobBody;
  }

  /** The job once it is finished. */
  async finished({ job_id }: Pick<JobBody, 'job_id'>, deadlineMs = DEADLINE_MS): Promise<JobBody> {
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      const job = await this.get(job_id);
      if (!['queued', 'processing'].includes(job.status)) return job;
      if (performance.now() > deadline) throw new Error(`Job ${job_id} is ${job.status} after ${deadlineMs / 1000} s.`);
      await sleep(50);
    }
  }

  call(method: string, path: string): Promise<Response> {
    return fetch(`${this.#url}/v1/stt/jobs${path}`, { method });
  }
}
