import type { Clock } from '@verbatim/contracts';
import { liveClock } from '../clock.ts';
import { serverAddress } from '../server-address.ts';
import { type Answer, jsonOf, parse, send, textOf } from './answer.ts';
import { type Job, type JobFields, readJob } from './job.ts';
import { type Health, type Model, readHealth, readModels } from './server.ts';
import { type AdminSessionPage, readAdminSessionPage, readTranscript, type SessionTranscript } from './session.ts';
import { upload } from './upload.ts';
import { watchJob } from './watch-job.ts';
import { type WatchedEvent, watchSessions } from './watch-sessions.ts';

export interface VerbatimApiOptions {
  /** The server: http, https, ws or wss. A path in it is kept as a prefix. In a page: `location.origin`. */
  readonly server: string | URL;
  /** Opens what is for operators; servers of one machine's own need none. */
  readonly adminKey?: string;
  readonly clock?: Clock;
}

export interface CreateJobOptions {
  /** For people: the job is listed with it. */
  readonly fileName: string;
  readonly fields?: JobFields;
  /** A second upload with the same key, file and fields makes no second job: to be sent again after a network failure. */
  readonly idempotencyKey?: string;
  /** Tells how much of the upload has left; browsers only. */
  readonly onProgress?: (sentBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * The REST API of a server. Every method throws an ApiError where the server refuses, a ClientError where it can't be reached
 * or is none of ours, and the signal's reason where that aborts.
 */
export class VerbatimApi {
  readonly #base: URL;
  readonly #clock: Clock;
  readonly #adminHeaders: Readonly<Record<string, string>>;

  /** @throws ClientError for what is no address. */
  constructor({ server, adminKey, clock = liveClock }: VerbatimApiOptions) {
    this.#base = serverAddress(server).rest;
    this.#clock = clock;
    this.#adminHeaders = adminKey === undefined ? {} : { authorization: `Bearer ${adminKey}` };
  }

  /** The models that sessions and jobs may name. */
  async models(signal?: AbortSignal): Promise<readonly Model[]> {
    return jsonOf(readModels, await this.#get('v1/stt/models', signal)).models;
  }

  /** How the server is, also where it is not well. */
  async health(signal?: AbortSignal): Promise<Health> {
    const answer = await this.#get('health', signal);
    const text = answer.status === 503 ? answer.text : textOf(answer);
    return parse(answer.url, text, readHealth);
  }

  /** Uploads a file; `watchJob` tells how its transcription goes. */
  async createJob(file: Blob, options: CreateJobOptions): Promise<Job> {
    const { fileName, fields = {}, idempotencyKey, onProgress, signal } = options;
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) if (value !== undefined) form.append(name, String(value));
    form.append('file', file, fileName);
    const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
    return jsonOf(readJob, await upload(this.#url('v1/stt/jobs'), form, { headers, onProgress, signal }));
  }

  /** A job, with its text where it is completed. */
  async job(jobId: string, signal?: AbortSignal): Promise<Job> {
    return jsonOf(readJob, await this.#get(jobPath(jobId), signal));
  }

  /** A job each time that it has changed, up to its end. A server that is away meanwhile is waited for, half a minute. */
  watchJob(jobId: string, { signal }: { readonly signal?: AbortSignal } = {}): AsyncIterable<Job> {
    return watchJob(() => this.job(jobId, signal), this.#clock, signal);
  }

  /** Ends a job; one that is finished stays as it is. */
  async cancelJob(jobId: string): Promise<void> {
    textOf(await send(this.#url(`${jobPath(jobId)}/cancel`), { method: 'POST' }));
  }

  /** Ends a job and erases its file and its text. */
  async deleteJob(jobId: string): Promise<void> {
    textOf(await send(this.#url(jobPath(jobId)), { method: 'DELETE' }));
  }

  /** The text of a completed job, written in `format`. */
  async jobResult(jobId: string, format: 'json' | 'text' | 'srt' | 'vtt', signal?: AbortSignal): Promise<string> {
    return textOf(await this.#get(`${jobPath(jobId)}/result?format=${format}`, signal));
  }

  /** A session and its text so far; closed ones too, until their text expires. */
  async session(sessionId: string, signal?: AbortSignal): Promise<SessionTranscript> {
    return jsonOf(readTranscript, await this.#get(`v1/stt/sessions/${encodeURIComponent(sessionId)}`, signal));
  }

  /**
   * Sessions of all tenants, newest first; for operators.
   * @param query.after the `next` of the page before
   */
  async adminSessions(
    query: { readonly limit?: number; readonly after?: string; readonly status?: 'open' | 'closed' } = {},
    signal?: AbortSignal,
  ): Promise<AdminSessionPage> {
    const url = this.#url('v1/admin/sessions');
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return jsonOf(readAdminSessionPage, await send(url, { headers: this.#adminHeaders, signal: signal ?? null }));
  }

  /**
   * What happens to sessions, until all of them have closed: their finals so far, then their events as they come, without
   * partials; for operators. A connection that breaks is taken up again; each final comes once all the same.
   */
  watchSessions(
    sessionIds: readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncIterable<WatchedEvent> {
    const url = this.#url('v1/admin/sessions/events');
    return watchSessions(sessionIds, { url, headers: this.#adminHeaders, clock: this.#clock, signal });
  }

  #get(path: string, signal: AbortSignal | undefined): Promise<Answer> {
    return send(this.#url(path), { signal: signal ?? null });
  }

  #url(path: string): URL {
    return new URL(path, this.#base);
  }
}

const jobPath = (jobId: string): string => `v1/stt/jobs/${encodeURIComponent(jobId)}`;
