import type { Clock, JobSpec } from '@verbatim/contracts';
import { jobInUse } from '../job-in-use.ts';
import type {
  JobGrant,
  JobOutcome,
  JobPage,
  JobRecord,
  JobReport,
  JobStore,
  KeyState,
  WebhookState,
} from '../ports.ts';
import type { Ttls } from '../ttls.ts';
import { ExpiringMap } from './expiring-map.ts';
import { IdempotencyKeys } from './idempotency-keys.ts';
import { cancelled, claimed, ended, queued, reported } from './job-steps.ts';
import { TenantIndex } from './tenant-index.ts';

interface Job {
  record: JobRecord;
  /** Claims since the progress last grew. */
  attempts: number;
}

/** The job store of a process that runs everything itself. */
export class MemoryJobStore implements JobStore {
  readonly #clock: Clock;
  readonly #unfinished: ExpiringMap<Job>;
  readonly #finished: ExpiringMap<Job>;
  readonly #tenants = new TenantIndex();
  readonly #keys: IdempotencyKeys;

  constructor(clock: Clock, ttls: Ttls) {
    const forget = (id: string, { record }: Job): void => this.#tenants.remove(record.spec.tenant, id);
    this.#clock = clock;
    this.#unfinished = new ExpiringMap(clock, ttls.unfinishedJobMs, forget);
    this.#finished = new ExpiringMap(clock, ttls.finishedJobMs, forget);
    this.#keys = new IdempotencyKeys(clock, ttls);
  }

  /** Jobs remembered, finished ones included. */
  get size(): number {
    return this.#unfinished.size + this.#finished.size;
  }

  async open(spec: JobSpec): Promise<void> {
    const { jobId, tenant, hidden } = spec;
    if (this.#find(jobId) !== undefined) throw jobInUse(jobId);
    this.#unfinished.set(jobId, { record: queued(spec, this.#clock.wall()), attempts: 0 });
    if (!hidden) this.#tenants.add(tenant, jobId);
  }

  async get(jobId: string): Promise<JobRecord | null> {
    return this.#find(jobId)?.record ?? null;
  }

  async claim(jobId: string, owner: string): Promise<JobGrant | null> {
    const job = this.#unfinished.get(jobId);
    if (job === undefined) return null;
    const record = claimed(job.record, owner, this.#clock.wall());
    const attempts = job.attempts + 1;
    this.#unfinished.set(jobId, { record, attempts });
    return { epoch: record.epoch, attempts, record };
  }

  async report(jobId: string, epoch: number, report: JobReport): Promise<'ok' | 'fenced'> {
    const job = this.#held(jobId, epoch);
    if (job === undefined) return 'fenced';
    const record = reported(job.record, report, this.#clock.wall());
    const isWell = report.isWell === true || record.progress > job.record.progress;
    this.#unfinished.set(jobId, { record, attempts: isWell ? 0 : job.attempts });
    return 'ok';
  }

  async finish(jobId: string, epoch: number, outcome: JobOutcome): Promise<'ok' | 'fenced'> {
    const job = this.#held(jobId, epoch);
    if (job === undefined) return 'fenced';
    this.#end(job, ended(job.record, outcome, this.#clock.wall()));
    return 'ok';
  }

  async cancel(jobId: string): Promise<JobRecord | null> {
    const job = this.#unfinished.get(jobId);
    if (job !== undefined) this.#end(job, cancelled(job.record, this.#clock.wall()));
    return this.get(jobId);
  }

  async noteWebhook(jobId: string, webhook: WebhookState): Promise<void> {
    const job = this.#find(jobId);
    if (job !== undefined) job.record = { ...job.record, webhook };
  }

  async erase(jobId: string): Promise<void> {
    const job = this.#find(jobId);
    if (job === undefined) return;
    this.#tenants.remove(job.record.spec.tenant, jobId);
    this.#unfinished.delete(jobId);
    this.#finished.delete(jobId);
  }

  async list(
    tenant: string,
    { limit, after }: { readonly limit: number; readonly after: string | null },
  ): Promise<JobPage> {
    const { ids, next } = this.#tenants.page(tenant, limit, after);
    return { jobs: ids.flatMap((id) => this.#find(id)?.record ?? []), next };
  }

  async reserveKey(tenant: string, key: string, holder: string): Promise<KeyState> {
    return this.#keys.reserve(tenant, key, holder);
  }

  async settleKey(tenant: string, key: string, holder: string, jobId: string, fingerprint: string): Promise<void> {
    this.#keys.settle(tenant, key, holder, jobId, fingerprint);
  }

  async releaseKey(tenant: string, key: string, holder: string): Promise<void> {
    this.#keys.release(tenant, key, holder);
  }

  /** Forgets everything. */
  clear(): void {
    this.#unfinished.clear();
    this.#finished.clear();
    this.#tenants.clear();
    this.#keys.clear();
  }

  #find(jobId: string): Job | undefined {
    return this.#unfinished.get(jobId) ?? this.#finished.get(jobId);
  }

  /** The unfinished job, if this epoch is its last. */
  #held(jobId: string, epoch: number): Job | undefined {
    const job = this.#unfinished.get(jobId);
    return job?.record.epoch === epoch ? job : undefined;
  }

  #end({ attempts }: Job, record: JobRecord): void {
    const { jobId } = record.spec;
    this.#unfinished.delete(jobId);
    this.#finished.set(jobId, { record, attempts });
  }
}
