import type { Bus, Claim, JobTask } from '@verbatim/bus';
import {
  type Clock,
  type ErrorCode,
  type JobSpec,
  jobSessionId,
  MAX_CHANNELS,
  type MediaInfo,
  type Samples,
  SttError,
  secondsFromSamples,
} from '@verbatim/contracts';
import type { Logger } from '@verbatim/kit';
import type { JobGrant, JobOutcome, JobStore, SessionStore } from '@verbatim/sessions';
import { beat } from './beat.ts';
import { runChannel } from './channel-run.ts';
import { JobProgress } from './job-progress.ts';
import { sessionOfJob } from './job-session.ts';

/** A file that is here, and what can be had of it. */
export interface OpenedFile extends AsyncDisposable {
  readonly info: MediaInfo;
  /** 16 kHz mono from its start; `channel` null: all channels mixed. */
  audio(channel: number | null, signal: AbortSignal): AsyncIterable<Int16Array>;
  /** What was odd about it, in sentences, as far as it was read. */
  readonly warnings: readonly string[];
}

export interface JobRunOptions {
  readonly bus: Bus;
  readonly jobs: JobStore;
  readonly sessions: SessionStore;
  /** Fetches a job's upload and looks into it. @throws SttError `upload_lost`, or of the file's. */
  readonly open: (job: JobSpec, signal: AbortSignal) => Promise<OpenedFile>;
  /** Name of this process in job records. */
  readonly owner: string;
  readonly clock: Clock;
  readonly heartbeatMs: number;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly observer?: JobObserver;
}

/** Hears what becomes of jobs here, to count it. */
export interface JobObserver {
  /** The first worker of all has taken a job. */
  onTaken(job: Pick<FinishedJob, 'createdAt' | 'startedAt'>): void;
  onFinished(job: FinishedJob): void;
}

/** A job that has ended here; times in milliseconds since 1970. */
export interface FinishedJob {
  readonly outcome: JobOutcome;
  readonly createdAt: number;
  /** When a worker first took it. */
  readonly startedAt: number;
  readonly finishedAt: number;
}

/** Tries after which a job that ends every worker before its text grows is given up. */
const MAX_ATTEMPTS = 4;
/** Before a job is offered again whose servers are away, so that nobody takes it at once and fails again. */
const RETRY_MS = 1_000;

/** What a file may be guilty of: the job fails with it, once. Anything else is tried again. */
const FAULTS_OF_THE_FILE: ReadonlySet<ErrorCode> = new Set([
  'undecodable_audio',
  'unsupported_media_type',
  'audio_too_long',
  'decoder_missing',
  'upload_lost',
  'invalid_argument',
]);

/**
 * One claim of a job from take-over to its end: opens the file, has its channels transcribed from where they stand, and
 * notes how it ended. Never rejects.
 * @param drain aborts when this process stops: the job is handed over as it is.
 */
export async function runJob(claim: Claim<JobTask>, options: JobRunOptions, drain: AbortSignal): Promise<void> {
  const { jobId } = claim.spec;
  const { clock, heartbeatMs, logger } = options;
  const over = new AbortController();
  const signal = AbortSignal.any([claim.lost, drain, over.signal]);
  const stopBeating = beat(clock, heartbeatMs, () => claim.heartbeat());
  try {
    await takeAndFinish(claim, options, signal, drain);
  } catch (error) {
    if (claim.lost.aborted || isGone(error)) return await tidyUp(claim.spec.jobId, options);
    if (drain.aborted) return await letGo(claim, logger);
    logger.warn({ jobId, err: error, code: SttError.from(error).code }, 'a job was interrupted; it is tried again');
    await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
    await letGo(claim, logger);
  } finally {
    over.abort();
    stopBeating();
  }
}

/** Another worker has the job, or nobody any more: there is nothing to do and nothing to say. */
class JobGone extends Error {}

const isGone = (error: unknown): boolean =>
  error instanceof JobGone || (error instanceof SttError && error.code === 'session_not_found');

async function takeAndFinish(
  claim: Claim<JobTask>,
  options: JobRunOptions,
  signal: AbortSignal,
  drain: AbortSignal,
): Promise<void> {
  const { bus, jobs, owner, clock, logger, observer } = options;
  const { jobId } = claim.spec;
  const grant = await jobs.claim(jobId, owner);
  if (grant !== null) {
    const { createdAt, startedAt } = startOf(grant);
    if (grant.epoch === 1) observer?.onTaken({ createdAt, startedAt });
    const outcome = await outcomeOf(grant, options, signal).catch(async (error: unknown) => {
      // A job that waits while one worker after the other is replaced is not at fault.
      if (drain.aborted) await jobs.report(jobId, grant.epoch, { isWell: true });
      throw error;
    });
    if ((await jobs.finish(jobId, grant.epoch, outcome)) === 'fenced') throw new JobGone();
    observer?.onFinished({ outcome, createdAt, startedAt, finishedAt: clock.wall() });
    logger.info(
      { jobId, status: outcome.status, ...('failure' in outcome && { code: outcome.failure.code }) },
      'job done',
    );
  }
  // Also where an earlier holder finished the job and died before it could tidy up.
  const record = await jobs.get(jobId);
  if (record?.status === 'failed') await forgetSessions(jobId, record.sessions, options);
  if (record !== null) await bus.objects.erase(record.spec.upload.objectKey);
  if (record?.webhook === 'pending') await bus.tasks.offer({ kind: 'webhook', jobId });
  await bus.notices.tell(jobId);
  await claim.done();
}

const startOf = ({ record: { createdAt, startedAt } }: JobGrant) => ({ createdAt, startedAt: startedAt ?? createdAt });

async function outcomeOf(grant: JobGrant, options: JobRunOptions, signal: AbortSignal): Promise<JobOutcome> {
  if (grant.attempts > MAX_ATTEMPTS) {
    return failed('internal', 'The file could not be transcribed: every try ended before there was any text.');
  }
  try {
    return await transcribe(grant, options, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof SttError)) throw error;
    if (FAULTS_OF_THE_FILE.has(error.code) || error.code === 'internal') return failed(error.code, error.message);
    throw error;
  }
}

const failed = (code: ErrorCode, message: string): JobOutcome => ({ status: 'failed', failure: { code, message } });

async function transcribe(
  { epoch, record }: JobGrant,
  options: JobRunOptions,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const { bus, jobs, sessions, clock } = options;
  const { spec } = record;
  await using file = await options.open(spec, signal);
  const channels = spec.channels === 'mix' ? [null] : Array.from({ length: file.info.channelCount }, (_, i) => i);
  const write = async (progress: number, isNews: boolean): Promise<void> => {
    if (isNews) {
      const report = { progress, media: file.info, sessions: channels.length };
      if ((await jobs.report(spec.jobId, epoch, report)) === 'fenced') throw new JobGone();
    }
    await bus.notices.tell(spec.jobId);
  };
  const progress = new JobProgress({ channels: channels.length, seconds: file.info.durationSeconds, clock, write });
  await progress.start();
  const stop = new AbortController();
  const runs = channels.map((channel, index) =>
    runChannel({
      spec: sessionOfJob(spec, index),
      audio: (ended) => file.audio(channel, ended),
      bus,
      store: sessions,
      clock,
      onProgress: (committed) => progress.reached(index, committed),
      signal: AbortSignal.any([signal, progress.failed, stop.signal]),
    }),
  );
  try {
    const lengths: readonly Samples[] = await Promise.all(runs);
    return { status: 'completed', audioSeconds: secondsFromSamples(Math.max(...lengths)), warnings: file.warnings };
  } finally {
    // Where one channel has failed, the others need not go on.
    stop.abort();
    await Promise.allSettled(runs);
  }
}

/**
 * What was begun in the moment in which the job ended elsewhere (it was cancelled, or erased) has nobody else to end it. A
 * job that goes on with another worker is left alone.
 */
async function tidyUp(jobId: string, options: JobRunOptions): Promise<void> {
  try {
    const record = await options.jobs.get(jobId);
    if (record !== null && record.status !== 'cancelled') return;
    await forgetSessions(jobId, record?.sessions ?? MAX_CHANNELS, options);
  } catch (error) {
    options.logger.warn({ jobId, err: error }, 'what is left of a job that ended could not be erased; it expires');
  }
}

/** A failed job keeps no text. */
async function forgetSessions(jobId: string, count: number, { bus, sessions }: JobRunOptions): Promise<void> {
  for (let channel = 0; channel < count; channel++) {
    const sessionId = jobSessionId(jobId, channel);
    await bus.events.control(sessionId, { type: 'abort' });
    await bus.claims.withdraw(sessionId);
    await Promise.all([bus.audio.erase(sessionId), sessions.erase(sessionId)]);
  }
}

async function letGo(claim: Claim<JobTask>, logger: JobRunOptions['logger']): Promise<void> {
  try {
    await claim.release();
  } catch (error) {
    // Its heartbeats end now, so it is offered again all the same, a little later.
    logger.warn({ jobId: claim.spec.jobId, err: error }, 'a job could not be handed over');
  }
}
