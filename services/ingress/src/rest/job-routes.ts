import { SttError } from '@verbatim/contracts';
import { FORMATS, FORMATTERS, type Format, jsonTranscript } from '@verbatim/formats';
import type { SessionStore } from '@verbatim/sessions';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { transcriptOfJob } from '../jobs/job-text.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Principal } from '../session/options.ts';
import { withExample } from './example.ts';
import { readForm } from './form.ts';
import { jobBody, jobWithResult, whyNoResult } from './job-body.ts';
import { answers, failsWith, jobForm } from './schemas.ts';

export interface JobRoutesOptions {
  readonly jobs: Jobs;
  readonly store: SessionStore;
  readonly principal: Principal;
}

const PAGE = { default: 50, max: 200 } as const;

const idParameter = {
  type: 'object',
  required: ['job_id'],
  properties: { job_id: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' } },
} as const;

interface ById {
  Params: { job_id: string };
}

const CONTENT_TYPE: Readonly<Record<Exclude<Format, 'json'>, string>> = {
  text: 'text/plain; charset=utf-8',
  srt: 'application/x-subrip; charset=utf-8',
  vtt: 'text/vtt; charset=utf-8',
};

/** Adds files to text: upload, progress, result, cancel, delete. */
export const addJobRoutes = (app: FastifyInstance, { jobs, store, principal }: JobRoutesOptions): void => {
  app.post(
    '/v1/stt/jobs',
    {
      schema: {
        tags: ['jobs'],
        summary: 'Transcribe a file',
        description: withExample(
          'Takes any audio or video file and answers at once; ask for the job’s state at `status_url`.',
          '/v1/stt/jobs',
          '-F file=@speech.wav -F language=en -H "Idempotency-Key: 7d9f"',
        ),
        consumes: ['multipart/form-data'],
        headers: {
          type: 'object',
          properties: {
            'idempotency-key': {
              type: 'string',
              description: 'A request with the same key again is answered with the job of the first.',
            },
          },
        },
        body: jobForm,
        response: {
          ...answers(202, 'The job is queued', 'CreatedJob'),
          ...failsWith(400, 'A field is wrong, or the file is missing or empty'),
          ...failsWith(409, 'A request with the same idempotency key is under way'),
          ...failsWith(413, 'The file is too large'),
          ...failsWith(415, 'Neither audio nor video'),
          ...failsWith(422, 'The idempotency key was used for another file or other settings'),
          ...failsWith(429, 'No room for the file now: Retry-After says when to come back'),
          ...failsWith(501, 'This server can read WAV only, and says what it lacks'),
        },
      },
      // The body is read as it comes; the job's own parser checks its fields.
      validatorCompiler: () => () => true,
    },
    async (request, reply) => {
      const header = request.headers['idempotency-key'];
      const idempotencyKey = Array.isArray(header) ? header[0] : header;
      await using intake = await jobs.begin(principal, { idempotencyKey });
      const fields = await readForm(request, (content, name) => intake.receive(content, name));
      const job = await intake.finish(fields);
      const statusUrl = `/v1/stt/jobs/${job.spec.jobId}`;
      return reply
        .code(202)
        .header('location', statusUrl)
        .send({ ...jobBody(job), status_url: statusUrl });
    },
  );

  app.get<{ Querystring: { limit: number; after?: string } }>(
    '/v1/stt/jobs',
    {
      schema: {
        tags: ['jobs'],
        summary: 'List jobs, newest first',
        description: withExample('Up to `limit` at a time.', '/v1/stt/jobs?limit=10'),
        querystring: {
          type: 'object',
          properties: {
            limit: { type: 'integer', minimum: 1, maximum: PAGE.max, default: PAGE.default },
            after: { type: 'string', description: 'The `next` of the page before.' },
          },
        },
        response: { ...answers(200, 'One page', 'JobPage'), ...failsWith(400, 'A parameter is wrong') },
      },
    },
    async ({ query }) => {
      const page = await jobs.list(principal, { limit: query.limit, after: query.after ?? null });
      return { jobs: page.jobs.map(jobBody), next: page.next };
    },
  );

  app.get<ById>(
    '/v1/stt/jobs/:job_id',
    {
      schema: {
        tags: ['jobs'],
        summary: 'The state of a job, and its text once it is completed',
        description: withExample('`progress` tells how far it is.', '/v1/stt/jobs/$JOB'),
        params: idParameter,
        response: { ...answers(200, 'The job', 'Job'), ...failsWith(404, 'No such job') },
      },
    },
    async ({ params }) => {
      const job = await jobs.get(params.job_id, principal);
      return jobWithResult(job, job.status === 'completed' ? await transcriptOfJob(job, store) : null);
    },
  );

  app.get<ById & { Querystring: { format: Format; partial: boolean } }>(
    '/v1/stt/jobs/:job_id/result',
    {
      schema: {
        tags: ['jobs'],
        summary: 'The text of a job, as JSON, plain text or subtitles',
        description: withExample(
          'Subtitles keep to two lines of 42 characters and to what can be read in their time.',
          '/v1/stt/jobs/$JOB/result?format=srt',
        ),
        params: idParameter,
        querystring: {
          type: 'object',
          properties: {
            format: { enum: [...FORMATS], default: 'json' },
            partial: {
              type: 'boolean',
              default: false,
              description: 'Also while the job runs: the text as far as it is known, which stays as it is.',
            },
          },
        },
        response: {
          200: {
            description: 'The text',
            content: {
              'application/json': { schema: { $ref: 'Result#' } },
              'text/plain': { schema: { type: 'string' } },
              'application/x-subrip': { schema: { type: 'string' } },
              'text/vtt': { schema: { type: 'string' } },
            },
          },
          ...failsWith(400, 'A parameter is wrong'),
          ...failsWith(404, 'No such job'),
          ...failsWith(409, 'The job is not completed'),
        },
      },
    },
    async ({ params, query }, reply) => {
      const job = await jobs.get(params.job_id, principal);
      const isThere = job.status === 'completed' || (query.partial && job.failure === null);
      if (!isThere) throw new SttError('failed_precondition', whyNoResult(job));
      return sendTranscript(reply, query.format, await transcriptOfJob(job, store));
    },
  );

  app.post<ById>(
    '/v1/stt/jobs/:job_id/cancel',
    {
      schema: {
        tags: ['jobs'],
        summary: 'End a job that is not finished; one that is stays as it is',
        description: withExample('Its file and its text so far are erased.', '/v1/stt/jobs/$JOB/cancel', '-X POST'),
        params: idParameter,
        response: { ...answers(200, 'The job afterwards', 'Job'), ...failsWith(404, 'No such job') },
      },
    },
    async ({ params }) => jobBody(await jobs.cancel(params.job_id, principal)),
  );

  app.delete<ById>(
    '/v1/stt/jobs/:job_id',
    {
      schema: {
        tags: ['jobs'],
        summary: 'End a job and erase its file and its text, at once',
        description: withExample('Nothing of it can be read afterwards.', '/v1/stt/jobs/$JOB', '-X DELETE'),
        params: idParameter,
        response: { 204: { description: 'Erased', type: 'null' }, ...failsWith(404, 'No such job') },
      },
    },
    async ({ params }, reply) => {
      await jobs.erase(params.job_id, principal);
      return reply.code(204).send();
    },
  );
};

const sendTranscript = (
  reply: FastifyReply,
  format: Format,
  transcript: Parameters<typeof jsonTranscript>[0],
): FastifyReply => {
  if (format === 'json') return reply.send(jsonTranscript(transcript));
  return reply.type(CONTENT_TYPE[format]).serializer(String).send(FORMATTERS[format](transcript));
};
