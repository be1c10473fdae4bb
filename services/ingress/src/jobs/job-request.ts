import {
  type AudioFormat,
  CHANNEL_MODES,
  ENCODINGS,
  type JobSpec,
  MAX_CHANNELS,
  newJobId,
  promptSchema,
  SESSION_LIMITS,
  SESSION_TASKS,
  type Upload,
} from '@verbatim/contracts';
import { z } from 'zod';
import { parseRequest } from '../parse-request.ts';
import type { ModelList, Principal, SessionDefaults } from '../session/options.ts';
import { findLanguage, findModel, findTask } from '../session/request.ts';

const LABEL_CHARACTERS = 64;
const NAME_CHARACTERS = 255;

const between = ({ min, max }: { min: number; max: number }) =>
  z.coerce
    .number(`must be ${min} to ${max}`)
    .int(`must be ${min} to ${max}`)
    .min(min, `must be ${min} to ${max}`)
    .max(max, `must be ${min} to ${max}`);

const labels = z.array(
  z.string().trim().min(1, 'must not be empty').max(LABEL_CHARACTERS, `has at most ${LABEL_CHARACTERS} characters`),
);

/**
 * What a client may ask for with a file, in the spelling of the wire; every field is optional. Values may be text, as the
 * fields of a form are.
 */
const jobRequestSchema = z.strictObject({
  model: z.string().min(1).max(64).optional(),
  language: z
    .string()
    .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a BCP-47 tag such as "en" or "en-US"')
    .optional(),
  task: z.enum(SESSION_TASKS).optional(),
  prompt: promptSchema.optional(),
  channels: z.enum(CHANNEL_MODES).optional(),
  channel_labels: z
    .union([z.string().transform((text) => text.split(',')), z.array(z.string())])
    .pipe(labels.max(MAX_CHANNELS, `has at most ${MAX_CHANNELS} labels`))
    .optional(),
  silence_ms: between(SESSION_LIMITS.silenceMs).optional(),
  max_utterance_ms: between(SESSION_LIMITS.maxUtteranceMs).optional(),
  webhook_url: z.string().max(2_048).optional(),
  encoding: z.enum(ENCODINGS).optional(),
  sample_rate_hertz: between(SESSION_LIMITS.sampleRateHertz).optional(),
  channel_count: between(SESSION_LIMITS.channelCount).optional(),
});

export type JobRequest = z.infer<typeof jobRequestSchema>;

/** @throws SttError `invalid_argument`, with the first field at fault named in the message and in `field`. */
export const parseJobRequest = (input: unknown): JobRequest => parseRequest(jobRequestSchema, input);

export interface JobDefaults extends Pick<SessionDefaults, 'maxUtteranceMs'> {
  readonly silenceMs: number;
}

/**
 * The job that a request asks for, with the server's defaults where it says nothing.
 * @throws SttError `unknown_model`, `unknown_language`, or `invalid_argument` for a task that the model does not do.
 */
export const jobFromRequest = (
  request: JobRequest,
  upload: Upload,
  principal: Principal,
  models: ModelList,
  defaults: JobDefaults,
): JobSpec => {
  const model = findModel(request.model ?? models.default, models);
  return {
    jobId: newJobId(),
    tenant: principal.tenant,
    model: model.id,
    language: request.language === undefined ? null : findLanguage(request.language, model),
    task: findTask(request.task, model),
    prompt: request.prompt ?? '',
    silenceMs: request.silence_ms ?? defaults.silenceMs,
    maxUtteranceMs: request.max_utterance_ms ?? defaults.maxUtteranceMs,
    channels: request.channels ?? 'mix',
    channelLabels: request.channel_labels ?? [],
    rawFormat: rawFormatOf(request),
    upload,
    webhookUrl: request.webhook_url ?? null,
    hidden: false,
  };
};

/** Audio without a header is described by its request, all of it or none. */
export const rawFormatOf = ({ encoding, sample_rate_hertz, channel_count }: JobRequest): AudioFormat | null => {
  if (encoding === undefined && sample_rate_hertz === undefined && channel_count === undefined) return null;
  return {
    encoding: encoding ?? 'linear16',
    sampleRateHertz: sample_rate_hertz ?? 16_000,
    channelCount: channel_count ?? 1,
  };
};

/** A file's name as it may be shown: its last part, without what can't be seen. Null where nothing is left. */
export const shownName = (name: string | undefined): string | null => {
  const last = name?.split(/[/\\]/).at(-1) ?? '';
  const shown = last
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim()
    .slice(0, NAME_CHARACTERS);
  return shown === '' ? null : shown;
};
