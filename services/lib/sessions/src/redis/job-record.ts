import { ERROR_CODES, JOB_STATUSES, jobSpecSchema, mediaInfoSchema } from '@verbatim/contracts';
import { z } from 'zod';
import { type JobGrant, type JobOutcome, type JobRecord, WEBHOOK_STATES } from '../ports.ts';
import { digits, milliseconds } from './fields.ts';
import { parse, parseJson, type Subject } from './subject.ts';

/** The fields of a job's hash that make its record. */
const fieldsSchema = z.object({
  spec: z.string(),
  status: z.enum(JOB_STATUSES),
  progress: z.string(),
  opened: milliseconds,
  updated: milliseconds,
  started: milliseconds.nullable(),
  finished: milliseconds.nullable(),
  epoch: digits,
  owner: z.string().nullable(),
  media: z.string().nullable(),
  sessions: digits,
  outcome: z.string().nullable(),
  webhook: z.enum(WEBHOOK_STATES),
});

/** In the order that `parseJob` takes them. */
export const JOB_FIELDS: readonly string[] = Object.keys(fieldsSchema.shape);

const progressSchema = z.number().min(0).max(1);

const outcomeSchema: z.ZodType<JobOutcome> = z.discriminatedUnion('status', [
  z.object({ status: z.literal('completed'), audioSeconds: z.number(), warnings: z.array(z.string()) }),
  z.object({
    status: z.literal('failed'),
    failure: z.object({ code: z.enum(ERROR_CODES), message: z.string() }),
  }),
]);

const grantSchema = z.tuple([digits, digits]);

/** The job's record of its fields' values; null if it has none. Rejects a damaged one with `internal`. */
export const parseJob = (jobId: string, values: readonly (string | null)[]): JobRecord | null =>
  values[0] === null || values[0] === undefined ? null : readJob(jobId, values);

/** A grant of [epoch, attempts] and the fields' values. Rejects what is damaged with `internal`. */
export const parseJobGrant = (
  jobId: string,
  counts: readonly (string | null)[],
  values: readonly (string | null)[],
): JobGrant => {
  const [epoch, attempts] = parse(grantSchema, job(jobId), counts);
  return { epoch, attempts, record: readJob(jobId, values) };
};

const readJob = (jobId: string, values: readonly (string | null)[]): JobRecord => {
  const subject = job(jobId);
  const named = Object.fromEntries(JOB_FIELDS.map((name, i) => [name, values[i] ?? null]));
  const { spec, progress, opened, updated, started, finished, media, outcome, ...fields } = parse(
    fieldsSchema,
    subject,
    named,
  );
  return {
    ...fields,
    spec: parseJson(jobSpecSchema, subject, spec),
    progress: parseJson(progressSchema, subject, progress),
    createdAt: opened,
    updatedAt: updated,
    startedAt: started,
    finishedAt: finished,
    media: media === null ? null : parseJson(mediaInfoSchema, subject, media),
    audioSeconds: null,
    warnings: [],
    failure: null,
    ...(outcome !== null && parseJson(outcomeSchema, subject, outcome)),
  };
};

const job = (id: string): Subject => ({ kind: 'job', id });
