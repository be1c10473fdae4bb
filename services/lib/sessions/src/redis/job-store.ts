import type { JobSpec } from '@verbatim/contracts';
import { z } from 'zod';
import { jobInUse } from '../job-in-use.ts';
import { clampProgress } from '../job-progress.ts';
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
import type { CallIds } from './call-ids.ts';
import type { Client } from './client.ts';
import { IdempotencyKeys } from './idempotency-keys.ts';
import { JOB_FIELDS, parseJob, parseJobGrant } from './job-record.ts';
import type { Link } from './link.ts';
import { replySchema, text, texts } from './reply.ts';
import { runScript, type Script } from './script.ts';
import { CANCEL_JOB } from './scripts/jobs/cancel.ts';
import { CLAIM_JOB } from './scripts/jobs/claim.ts';
import { FINISH_JOB } from './scripts/jobs/finish.ts';
import { NOTE_WEBHOOK } from './scripts/jobs/note-webhook.ts';
import { OPEN_JOB } from './scripts/jobs/open.ts';
import { REPORT_JOB } from './scripts/jobs/report.ts';
import { workingWith } from './subject.ts';
import { TenantList } from './tenant-list.ts';

const keyOf = (jobId: string): string => `stt:job:${jobId}`;

/** A JobStore of many processes. */
export class RedisJobStore implements JobStore {
  readonly #link: Link;
  readonly #ids: CallIds;
  readonly #ttls: Ttls;
  /** The longest that a job lives without activity, in milliseconds: so long its list must last. */
  readonly #longestMs: number;
  readonly #lists: TenantList<JobRecord>;
  readonly #keys: IdempotencyKeys;

  /** Lets go of nothing: the link is whose who made it. */
  constructor(link: Link, ids: CallIds, ttls: Ttls) {
    this.#link = link;
    this.#ids = ids;
    this.#ttls = ttls;
    this.#longestMs = Math.max(ttls.unfinishedJobMs, ttls.finishedJobMs);
    this.#lists = new TenantList(link, this.#longestMs, {
      listKey: (tenant) => `stt:jobs:${tenant}`,
      recordKey: keyOf,
      fields: JOB_FIELDS,
      parse: parseJob,
    });
    this.#keys = new IdempotencyKeys(link, ids, ttls);
  }

  async open(spec: JobSpec): Promise<void> {
    const { jobId, tenant, hidden, webhookUrl } = spec;
    const lister = hidden ? '' : tenant;
    const notify = webhookUrl === null ? '' : 1;
    const args = [this.#ids.next(), this.#ttls.unfinishedJobMs, JSON.stringify(spec), lister, notify];
    const opened = text(await this.#run(OPEN_JOB, jobId, args));
    if (opened === null) throw jobInUse(jobId);
    if (lister === '') return;
    await this.#lists.add(lister, { opened, id: jobId });
    await this.#lists.tidy(lister);
  }

  async get(jobId: string): Promise<JobRecord | null> {
    return parseJob(jobId, await this.#do(jobId, (client) => client.hmget(keyOf(jobId), ...JOB_FIELDS)));
  }

  async claim(jobId: string, owner: string): Promise<JobGrant | null> {
    const args = [this.#ids.next(), this.#ttls.unfinishedJobMs, this.#longestMs, owner];
    const reply = await this.#run(CLAIM_JOB, jobId, args);
    if (reply === null) return null;
    const [counts, values, due] = claimReply.parse(reply);
    await this.#renewList(jobId, due.map(text));
    return parseJobGrant(jobId, counts.map(text), values.map(text));
  }

  async report(
    jobId: string,
    epoch: number,
    { progress, media, sessions, isWell }: JobReport,
  ): Promise<'ok' | 'fenced'> {
    const changes = [
      progress === undefined ? '' : clampProgress(progress),
      media === undefined ? '' : JSON.stringify(media),
      sessions ?? '',
      isWell ? '1' : '',
    ];
    const reply = await this.#run(REPORT_JOB, jobId, [this.#ttls.unfinishedJobMs, this.#longestMs, epoch, ...changes]);
    return this.#resultOf(jobId, reply);
  }

  async finish(jobId: string, epoch: number, outcome: JobOutcome): Promise<'ok' | 'fenced'> {
    const { finishedJobMs } = this.#ttls;
    const json = JSON.stringify(outcome);
    const args = [this.#ids.next(), finishedJobMs, this.#longestMs, epoch, outcome.status, json];
    return this.#resultOf(jobId, await this.#run(FINISH_JOB, jobId, args));
  }

  async cancel(jobId: string): Promise<JobRecord | null> {
    const reply = await this.#run(CANCEL_JOB, jobId, [this.#ttls.finishedJobMs, this.#longestMs]);
    if (reply === null) return null;
    const [values, due] = cancelReply.parse(reply);
    await this.#renewList(jobId, due.map(text));
    return parseJob(jobId, values.map(text));
  }

  async noteWebhook(jobId: string, state: WebhookState): Promise<void> {
    await this.#run(NOTE_WEBHOOK, jobId, [state]);
  }

  async erase(jobId: string): Promise<void> {
    const key = keyOf(jobId);
    const [tenant, opened] = await this.#link.run((client) => client.hmget(key, 'tenant', 'opened'));
    await this.#link.run((client) => client.unlink(key));
    if (tenant && opened) await this.#lists.remove(tenant, { opened, id: jobId });
  }

  async list(
    tenant: string,
    { limit, after }: { readonly limit: number; readonly after: string | null },
  ): Promise<JobPage> {
    const { records, next } = await this.#lists.page(tenant, limit, after);
    return { jobs: records, next };
  }

  reserveKey(tenant: string, key: string, holder: string): Promise<KeyState> {
    return this.#keys.reserve(tenant, key, holder);
  }

  settleKey(tenant: string, key: string, holder: string, jobId: string, fingerprint: string): Promise<void> {
    return this.#keys.settle(tenant, key, holder, jobId, fingerprint);
  }

  releaseKey(tenant: string, key: string, holder: string): Promise<void> {
    return this.#keys.release(tenant, key, holder);
  }

  #run(script: Script, jobId: string, args: readonly (string | number)[]): Promise<unknown> {
    return this.#do(jobId, (client) => runScript(client, script, keyOf(jobId), args));
  }

  #do<T>(jobId: string, command: (client: Client) => Promise<T>): Promise<T> {
    return workingWith({ kind: 'job', id: jobId }, () => this.#link.run(command));
  }

  async #resultOf(jobId: string, reply: unknown): Promise<'ok' | 'fenced'> {
    const [result, ...due] = texts(reply);
    await this.#renewList(jobId, due);
    return result === 'ok' ? 'ok' : 'fenced';
  }

  /** Does what a script's reply asks for: usually nothing. */
  async #renewList(jobId: string, [tenant, opened]: readonly (string | null)[]): Promise<void> {
    if (tenant && opened) await this.#lists.add(tenant, { opened, id: jobId });
  }
}

const claimReply = z.tuple([replySchema, replySchema, replySchema]);
const cancelReply = z.tuple([replySchema, replySchema]);
