import { createHash } from 'node:crypto';
import { newId, SttError } from '@verbatim/contracts';
import type { JobRecord } from '@verbatim/sessions';
import type { Principal } from '../session/options.ts';
import { jobFromRequest, parseJobRequest, rawFormatOf, shownName } from './job-request.ts';
import type { JobDeps } from './options.ts';
import { type Received, Receiver } from './receive.ts';

/** One request's hold on an idempotency key. */
export interface HeldKey {
  readonly key: string;
  readonly holder: string;
  /** The job that an earlier request with this key made; null if there was none. */
  readonly earlier: { readonly jobId: string; readonly fingerprint: string } | null;
}

export interface IntakeOptions {
  readonly deps: JobDeps;
  readonly principal: Principal;
  readonly key: HeldKey | null;
  /** Keeps the job out of lists. */
  readonly hidden: boolean;
  /** Called once, when the upload is over, however it ended. */
  readonly onOver: () => void;
}

/** A job in the making: takes the file as it comes, then what is to be done with it. Dispose it in any case. */
export class JobIntake implements AsyncDisposable {
  readonly #options: IntakeOptions;
  readonly #objectKey = newId('u');
  #file: (Received & { readonly name: string | null }) | null = null;
  #stored = false;
  #kept = false;
  #over = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /**
   * Takes the file in.
   * @throws SttError `invalid_argument` for a second or an empty file, `too_large`, `no_capacity`, `idle_timeout`, `unavailable`.
   */
  async receive(content: AsyncIterable<Uint8Array>, name: string | undefined): Promise<void> {
    if (this.#file !== null) {
      throw new SttError('invalid_argument', 'There is more than one file; a job has one.', { field: 'file' });
    }
    const { deps, key } = this.#options;
    const { limits, clock, bus } = deps;
    const receiver = new Receiver(content, clock, limits.uploadIdleMs);
    if (key?.earlier) {
      // Only to compare: the job has its file already.
      for await (const _ of receiver.pass());
    } else {
      await bus.objects.put(this.#objectKey, receiver.pass(), limits.maxUploadBytes);
      this.#stored = true;
    }
    this.#file = { ...receiver.result(), name: shownName(name) };
    deps.metrics?.uploaded?.(this.#file.bytes);
  }

  /**
   * Makes the job and queues it.
   * @param fields what was asked for, in the spelling of the wire.
   * @throws SttError that names what is wrong; nothing is kept then.
   */
  async finish(fields: Readonly<Record<string, unknown>>): Promise<JobRecord> {
    const { deps, principal, key, hidden } = this.#options;
    const file = this.#file;
    if (file === null) throw new SttError('invalid_argument', 'There is no file.', { field: 'file' });
    const request = parseJobRequest(fields);
    const fingerprint = createHash('sha256')
      .update(JSON.stringify([file.sha256, sorted(request)]))
      .digest('hex');
    if (key?.earlier) return await this.#earlierJob(key.earlier, fingerprint);
    if (rawFormatOf(request) === null) this.#refuseUnreadable(file);
    this.#checkWebhook(request.webhook_url);
    const { bytes, sha256, name } = file;
    const upload = { objectKey: this.#objectKey, fileName: name, bytes, sha256 };
    const spec = { ...jobFromRequest(request, upload, principal, deps.models, deps.defaults), hidden };
    await deps.jobs.open(spec);
    this.#kept = true;
    await deps.bus.tasks.offer({ kind: 'transcribe', jobId: spec.jobId });
    if (key !== null) await deps.jobs.settleKey(principal.tenant, key.key, key.holder, spec.jobId, fingerprint);
    deps.metrics?.created?.();
    // The upload is over, however long its client waits for the job.
    this.#end();
    return await this.#record(spec.jobId);
  }

  /** Forgets what came, unless it became a job. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    const { deps, principal, key } = this.#options;
    if (this.#kept) return;
    const forgotten = [
      this.#stored ? deps.bus.objects.erase(this.#objectKey) : null,
      key !== null && key.earlier === null ? deps.jobs.releaseKey(principal.tenant, key.key, key.holder) : null,
    ];
    for (const outcome of await Promise.allSettled(forgotten)) {
      if (outcome.status === 'rejected')
        deps.log.warn({ err: outcome.reason }, 'An upload could not be forgotten; it expires.');
    }
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.onOver();
  }

  async #earlierJob(earlier: NonNullable<HeldKey['earlier']>, fingerprint: string): Promise<JobRecord> {
    if (earlier.fingerprint === fingerprint) return await this.#record(earlier.jobId);
    throw new SttError('idempotency_mismatch', 'This idempotency key was used for another file or other settings.', {
      field: 'idempotency_key',
    });
  }

  async #record(jobId: string): Promise<JobRecord> {
    const record = await this.#options.deps.jobs.get(jobId);
    if (record !== null) return record;
    throw new SttError('job_not_found', `The job "${jobId}" was deleted, or has expired.`, { field: 'job_id' });
  }

  #refuseUnreadable({ kind, name }: Received & { readonly name: string | null }): void {
    const called = name === null ? 'The file' : `"${name}"`;
    if (kind.type === 'other') {
      throw new SttError('unsupported_media_type', `${called} is ${kind.name}, not audio or video.`, { field: 'file' });
    }
    if (this.#options.deps.decodes === 'wav' && kind.type !== 'wav') {
      const sentence = `${called} is not a WAV file, and this server has no ffmpeg for others: install the package ffmpeg on it.`;
      throw new SttError('decoder_missing', sentence, { field: 'file' });
    }
  }

  #checkWebhook(url: string | undefined): void {
    const { checkWebhook } = this.#options.deps;
    if (url === undefined) return;
    checkWebhook?.(url);
    if (checkWebhook !== null) return;
    throw new SttError('failed_precondition', 'This server sends no webhooks: its WEBHOOK_SECRET is not set.', {
      field: 'webhook_url',
    });
  }
}

const sorted = (request: object): unknown[] => Object.entries(request).sort(([a], [b]) => (a < b ? -1 : 1));
