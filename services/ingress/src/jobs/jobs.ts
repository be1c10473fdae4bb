import { randomUUID } from 'node:crypto';
import { isFinished, jobSessionId, SttError } from '@verbatim/contracts';
import type { JobPage, JobRecord } from '@verbatim/sessions';
import type { Principal } from '../session/options.ts';
import { type HeldKey, JobIntake } from './job-intake.ts';
import type { JobDeps } from './options.ts';

/** Notices may be lost, so who watches a job also looks this often. */
const LOOK_EVERY_MS = 2_000;
/** When to come back with a file that there is no room for. */
const RETRY_MS = 10_000;
const KEY_CHARACTERS = 255;

export interface NewJob {
  readonly idempotencyKey?: string | undefined;
  /** Keeps the job out of lists: it is part of a call that its client waits for. */
  readonly hidden?: boolean;
}

/** Makes, shows and ends jobs: the one thing behind every door for files. */
export class Jobs {
  readonly #deps: JobDeps;
  #uploads = 0;

  constructor(deps: JobDeps) {
    this.#deps = deps;
  }

  /** Uploads under way. */
  get uploads(): number {
    return this.#uploads;
  }

  /**
   * Makes room for one upload.
   * @throws SttError `no_capacity` (with `retryAfterMs`), `idempotency_busy`, `invalid_argument` for a key that is none.
   */
  async begin(principal: Principal, { idempotencyKey, hidden = false }: NewJob = {}): Promise<JobIntake> {
    const { limits, bus, metrics } = this.#deps;
    try {
      if (this.#uploads >= limits.maxUploads) throw noRoom(`${this.#uploads} files are being uploaded already`);
      this.#uploads++;
      let taken = false;
      try {
        const { queued } = await bus.tasks.depth('transcribe');
        if (queued >= limits.maxQueuedJobs) throw noRoom(`${queued} jobs are waiting already`);
        const key = idempotencyKey === undefined ? null : await this.#hold(idempotencyKey, principal);
        taken = true;
        return new JobIntake({ deps: this.#deps, principal, key, hidden, onOver: () => this.#uploads-- });
      } finally {
        if (!taken) this.#uploads--;
      }
    } catch (error) {
      metrics?.refused?.(SttError.from(error).code);
      throw error;
    }
  }

  /** @throws SttError `job_not_found`. */
  async get(jobId: string, { tenant }: Principal): Promise<JobRecord> {
    const record = await this.#deps.jobs.get(jobId);
    if (record?.spec.tenant === tenant) return record;
    throw new SttError('job_not_found', `There is no job "${jobId}", or it has expired.`, { field: 'job_id' });
  }

  list(principal: Principal, page: { readonly limit: number; readonly after: string | null }): Promise<JobPage> {
    return this.#deps.jobs.list(principal.tenant, page);
  }

  /** Ends a job that is not finished; one that is stays as it is. Its record afterwards. @throws SttError `job_not_found`. */
  async cancel(jobId: string, principal: Principal): Promise<JobRecord> {
    const before = await this.get(jobId, principal);
    const record = (await this.#deps.jobs.cancel(jobId)) ?? before;
    if (record.status === 'cancelled') {
      await this.#stop(record);
      if (!isFinished(before.status)) this.#deps.metrics?.cancelled?.();
    }
    return record;
  }

  /** Ends a job and forgets it, its file and its text at once. @throws SttError `job_not_found`. */
  async erase(jobId: string, principal: Principal): Promise<void> {
    const record = await this.get(jobId, principal);
    await this.#deps.jobs.erase(jobId);
    await this.#stop(record);
  }

  /**
   * The job as it is, and again whenever something about it or its text may have changed; the last is finished.
   * @throws SttError `job_not_found`, also when it is erased meanwhile; the signal's reason.
   */
  async *watch(jobId: string, principal: Principal, signal: AbortSignal): AsyncGenerator<JobRecord, void, undefined> {
    const stop = new AbortController();
    const over = AbortSignal.any([signal, stop.signal]);
    try {
      const notices = (await this.#deps.bus.notices.listen(jobId, over))[Symbol.asyncIterator]();
      let next = notices.next();
      for (;;) {
        const record = await this.get(jobId, principal);
        yield record;
        if (isFinished(record.status)) return;
        if (await this.#first(next)) next = notices.next();
        signal.throwIfAborted();
      }
    } finally {
      stop.abort();
    }
  }

  /** Whether `notice` came, and not the time to look anyway. */
  async #first(notice: Promise<unknown>): Promise<boolean> {
    let stopTimer = () => {};
    const late = new Promise<boolean>((resolve) => {
      stopTimer = this.#deps.clock.after(LOOK_EVERY_MS, () => resolve(false));
    });
    try {
      return await Promise.race([notice.then(() => true), late]);
    } finally {
      stopTimer();
    }
  }

  async #hold(key: string, { tenant }: Principal): Promise<HeldKey> {
    if (key.length === 0 || key.length > KEY_CHARACTERS) {
      throw new SttError(
        'invalid_argument',
        `The idempotency key has ${key.length} characters; 1 to ${KEY_CHARACTERS} are needed.`,
        {
          field: 'idempotency_key',
        },
      );
    }
    const holder = randomUUID();
    const state = await this.#deps.jobs.reserveKey(tenant, key, holder);
    if (state.state === 'busy') {
      throw new SttError('idempotency_busy', 'A request with this idempotency key is under way.', {
        field: 'idempotency_key',
        retryAfterMs: RETRY_MS,
      });
    }
    return { key, holder, earlier: state.state === 'used' ? state : null };
  }

  /** Takes a job that has ended from whoever works on it, with its file and its text. */
  async #stop({ spec, sessions, webhook }: JobRecord): Promise<void> {
    const { bus, store, log } = this.#deps;
    await bus.tasks.withdraw(spec.jobId);
    const erased = Array.from({ length: sessions }, async (_, channel) => {
      const sessionId = jobSessionId(spec.jobId, channel);
      await bus.events.control(sessionId, { type: 'abort' });
      await bus.claims.withdraw(sessionId);
      await Promise.all([bus.audio.erase(sessionId), store.erase(sessionId)]);
    });
    const outcomes = await Promise.allSettled([...erased, bus.objects.erase(spec.upload.objectKey)]);
    if (webhook === 'pending') await bus.tasks.offer({ kind: 'webhook', jobId: spec.jobId });
    await bus.notices.tell(spec.jobId);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        log.warn({ jobId: spec.jobId, err: outcome.reason }, 'A part of a job could not be erased; it expires.');
    }
  }
}

const noRoom = (why: string): SttError =>
  new SttError('no_capacity', `There is no room for the file now: ${why}. Try again in ${RETRY_MS / 1000} s.`, {
    retryAfterMs: RETRY_MS,
  });
