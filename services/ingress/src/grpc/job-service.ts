import type { ServerReadableStream, ServerUnaryCall, ServerWritableStream, sendUnaryData } from '@grpc/grpc-js';
import { type JobStatus, SttError } from '@verbatim/contracts';
import { type JsonSegment, jsonTranscript } from '@verbatim/formats';
import type { Logger } from '@verbatim/kit';
import type { JobRecord, SessionStore } from '@verbatim/sessions';
import { JobTextReader, transcriptOfJob } from '../jobs/job-text.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Principal } from '../session/options.ts';
import { enumValue } from './enum-value.ts';
import type { CreateJobRequest__Output } from './generated/verbatim/stt/v1/CreateJobRequest.ts';
import type { Job } from './generated/verbatim/stt/v1/Job.ts';
import type { JobConfig__Output } from './generated/verbatim/stt/v1/JobConfig.ts';
import type { JobServiceHandlers } from './generated/verbatim/stt/v1/JobService.ts';
import type { Segment } from './generated/verbatim/stt/v1/Segment.ts';
import type { WatchJobRequest__Output } from './generated/verbatim/stt/v1/WatchJobRequest.ts';
import type { WatchJobResponse } from './generated/verbatim/stt/v1/WatchJobResponse.ts';
import { isRealHalfClose } from './half-close.ts';
import { RequestReader } from './request-reader.ts';
import { toGrpcStatus } from './status.ts';
import { TASK } from './task.ts';

export interface JobServiceOptions {
  readonly jobs: Jobs;
  readonly store: SessionStore;
  readonly principal: Principal;
  readonly log: Logger;
  /** A client was told of an error. */
  readonly onError: (error: SttError) => void;
}

const PAGE = { default: 50, max: 200 } as const;

/** Files over gRPC: a thin translation of Jobs. */
export const jobService = (options: JobServiceOptions): JobServiceHandlers => {
  const { jobs, store, principal } = options;
  const answer =
    <Q, A>(act: (request: Q) => Promise<A>) =>
    (call: ServerUnaryCall<Q, A>, respond: sendUnaryData<A>) => {
      act(call.request).then(
        (value) => respond(null, value),
        (error: unknown) => respond(refusal(error, call, options)),
      );
    };
  return {
    CreateJob: (call, respond) => {
      createJob(call, jobs, principal).then(
        (job) => respond(null, { job: jobMessage(job) }),
        (error: unknown) => respond(refusal(error, call, options)),
      );
    },
    GetJob: answer(async ({ jobId }) => {
      const job = await jobs.get(jobId, principal);
      if (job.status !== 'completed') return { job: jobMessage(job) };
      const { text, language, duration, segments } = jsonTranscript(await transcriptOfJob(job, store));
      return {
        job: jobMessage(job),
        result: { text, language: language ?? '', duration, segments: segments.map(segmentMessage) },
      };
    }),
    WatchJob: (call) => void watchJob(call, options),
    CancelJob: answer(async ({ jobId }) => ({ job: jobMessage(await jobs.cancel(jobId, principal)) })),
    DeleteJob: answer(async ({ jobId }) => {
      await jobs.erase(jobId, principal);
      return {};
    }),
    ListJobs: answer(async ({ pageSize, pageToken }) => {
      const page = await jobs.list(principal, {
        limit: pageSizeOf(pageSize),
        after: pageToken === '' ? null : pageToken,
      });
      return { jobs: page.jobs.map(jobMessage), nextPageToken: page.next ?? '' };
    }),
  };
};

/** What a call ends with; a client that has cancelled it does not hear that. */
const refusal = (
  thrown: unknown,
  { cancelled }: { readonly cancelled: boolean },
  { log, onError }: Pick<JobServiceOptions, 'log' | 'onError'>,
) => {
  const error = SttError.from(thrown);
  if (error.code === 'internal') log.error({ err: thrown }, 'A call failed.');
  if (!cancelled) onError(error);
  return toGrpcStatus(thrown);
};

const pageSizeOf = (size: number): number => {
  if (size <= PAGE.max) return size === 0 ? PAGE.default : size;
  throw new SttError('invalid_argument', `page_size is ${size}; it must be 1 to ${PAGE.max}.`, { field: 'page_size' });
};

const createJob = async (
  call: ServerReadableStream<CreateJobRequest__Output, unknown>,
  jobs: Jobs,
  principal: Principal,
): Promise<JobRecord> => {
  const requests = new RequestReader<CreateJobRequest__Output>(call);
  const first = await requests.next();
  const config = first?.config;
  if (!config) {
    throw new SttError('failed_precondition', 'The first message of a stream must be a config.', { field: 'config' });
  }
  const idempotencyKey = config.idempotencyKey === '' ? undefined : config.idempotencyKey;
  const cancelled = new AbortController();
  call.once('cancelled', () => cancelled.abort());
  await using intake = await jobs.begin(principal, { idempotencyKey });
  await intake.receive(piecesOf(requests, cancelled.signal), config.fileName);
  return await intake.finish(fieldsOf(config));
};

async function* piecesOf(
  requests: RequestReader<CreateJobRequest__Output>,
  cancelled: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let request = await requests.next(); request !== null; request = await requests.next()) {
    if (request.request !== 'data') {
      throw new SttError('invalid_argument', 'Messages after the config must hold data.', { field: 'data' });
    }
    if (request.data!.length > 0) yield request.data!;
  }
  // What is half of a file must not become a job.
  if (!(await isRealHalfClose(cancelled))) throw new SttError('unavailable', 'The call was cancelled.');
}

/** The config in the spelling of the wire's other doors; what is not set is left out. */
const fieldsOf = (config: JobConfig__Output): Record<string, unknown> => {
  const raw = config.rawFormat;
  const fields = {
    model: config.model,
    language: config.language,
    prompt: config.prompt,
    task: enumValue(config.task, 'TASK'),
    channels: enumValue(config.channels, 'CHANNEL_MODE'),
    channel_labels: config.channelLabels.length === 0 ? '' : config.channelLabels,
    silence_ms: config.silenceMs,
    max_utterance_ms: config.maxUtteranceMs,
    webhook_url: config.webhookUrl,
    ...(raw && {
      encoding: enumValue(raw.encoding, 'ENCODING') ?? 'linear16',
      sample_rate_hertz: raw.sampleRateHertz,
      channel_count: raw.channelCount,
    }),
  };
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== '' && value !== 0),
  );
};

const STATUS: Record<JobStatus, `JOB_STATUS_${Uppercase<JobStatus>}`> = {
  queued: 'JOB_STATUS_QUEUED',
  processing: 'JOB_STATUS_PROCESSING',
  completed: 'JOB_STATUS_COMPLETED',
  failed: 'JOB_STATUS_FAILED',
  cancelled: 'JOB_STATUS_CANCELLED',
};

const jobMessage = (job: JobRecord): Job => ({
  jobId: job.spec.jobId,
  status: STATUS[job.status],
  progress: job.progress,
  model: job.spec.model,
  task: TASK[job.spec.task],
  fileName: job.spec.upload.fileName ?? '',
  createTime: timestamp(job.createdAt),
  finishTime: job.finishedAt === null ? null : timestamp(job.finishedAt),
  duration: job.audioSeconds ?? job.media?.durationSeconds ?? 0,
  error: job.failure === null ? null : { ...job.failure },
  warnings: [...job.warnings],
});

const timestamp = (ms: number) => ({ seconds: Math.floor(ms / 1_000), nanos: (ms % 1_000) * 1_000_000 });

const segmentMessage = ({ words, ...segment }: JsonSegment): Segment => ({
  ...segment,
  words: words?.map((word) => ({ ...word })) ?? [],
});

/** Sends the job with each change, and each segment once. */
const watchJob = async (
  call: ServerWritableStream<WatchJobRequest__Output, WatchJobResponse>,
  options: JobServiceOptions,
): Promise<void> => {
  const { jobs, store, principal } = options;
  const over = new AbortController();
  call.once('cancelled', () => over.abort(new SttError('unavailable', 'The call was cancelled.')));
  const text = new JobTextReader(store);
  try {
    for await (const job of jobs.watch(call.request.jobId, principal, over.signal)) {
      const segments = (await text.next(job)).flatMap(({ channel, segments }) =>
        segments.map((segment) => ({ ...segmentMessage(segment), channel: channel ?? '' })),
      );
      call.write({ job: jobMessage(job), segments });
    }
    call.end();
  } catch (error) {
    if (!call.cancelled) call.emit('error', refusal(error, call, options));
  }
};
