import { SESSION_LIMITS } from '@verbatim/contracts';
import { z } from 'zod';
import { duration } from '../env.ts';
import { chosenModel, DEFAULT_MODEL, MODEL_ID, modelVariables, oneModel, WHISPER_SIZES } from './engine.ts';
import { uploadVariables, webhookVariables } from './files.ts';
import { distinctPorts, doorVariables, hostVariable, metricsVariable } from './listening.ts';
import { loggingVariables } from './logging.ts';
import { natsRules, natsVariables } from './nats.ts';
import { redisRules, redisVariables } from './redis.ts';
import { obeying, type Rule } from './rule.ts';
import { sessionVariables } from './session-settings.ts';

const modelList = z.string().transform((text, context) => {
  const ids = text.split(',').map((id) => id.trim());
  if (ids.every((id) => MODEL_ID.test(id))) return [...new Set(ids)];
  context.addIssue({ code: 'custom', message: `must be model ids such as ${DEFAULT_MODEL}, with commas between` });
  return z.NEVER;
});

const variables = z.object({
  ...modelVariables,
  /** The models that sessions may ask for. Default: STT_MODEL alone. */
  STT_MODELS: modelList.optional(),
  ...loggingVariables,
  ...hostVariable,
  ...doorVariables,
  ...metricsVariable,
  ...sessionVariables,
  ...uploadVariables,
  ...webhookVariables,
  /** Audio goes to NATS in messages of at least this much: smaller ones are joined. */
  MIN_CHUNK_MS: duration('ms', { min: 20, max: 100 }).default(40),
  /** How long a shutdown may take: live sessions are handed over, then everything is closed. */
  DRAIN_MS: duration('ms', { min: 0, max: 600_000 }).default(5_000),
  ...natsVariables,
  ...redisVariables,
});

const defaultIsListed: Rule = ({ STT_MODEL, STT_MODELS, WHISPER_MODEL }) => {
  const model = chosenModel({
    STT_MODEL: typeof STT_MODEL === 'string' ? STT_MODEL : undefined,
    WHISPER_MODEL: WHISPER_SIZES.find((size) => size === WHISPER_MODEL),
  });
  if (model === undefined || !Array.isArray(STT_MODELS) || STT_MODELS.includes(model)) return undefined;
  return `STT_MODELS is "${STT_MODELS.join(',')}", which lacks ${model}, the model of sessions that name none; add it.`;
};

/** NATS and Redis get this long to come back while audio waits. */
const OUTAGE_S = 10;

const ringHoldsAnUtterance: Rule = ({ AUDIO_RING_S: ring, BUFFER_MAX_DURATION_S: buffer }) => {
  const needed = Number(buffer) + SESSION_LIMITS.maxUtteranceMs.max / 1000 + OUTAGE_S;
  if (typeof ring !== 'number' || !(ring < needed)) return undefined;
  return `AUDIO_RING_S is ${ring}; with BUFFER_MAX_DURATION_S ${buffer} it must be ${needed} or more, so that a takeover finds the whole of an utterance.`;
};

const textOutlivesPatience: Rule = ({ SESSION_TTL_S: ttl, SESSION_IDLE_TIMEOUT_S: idle, RESUME_WINDOW_S: window }) => {
  const needed = Number(idle) + Number(window);
  if (typeof ttl !== 'number' || !(ttl < needed)) return undefined;
  return `SESSION_TTL_S is ${ttl}; it must be ${needed} or more: SESSION_IDLE_TIMEOUT_S and RESUME_WINDOW_S together.`;
};

/**
 * The settings of an ingress process. STT_MODEL is the model of sessions that name none: where only STT_MODELS is set,
 * its first.
 */
export const ingressSchema = obeying(
  variables,
  oneModel,
  defaultIsListed,
  distinctPorts('PORT', 'GRPC_PORT', 'METRICS_PORT'),
  ...natsRules,
  ...redisRules,
  ringHoldsAnUtterance,
  textOutlivesPatience,
).transform(({ WHISPER_MODEL, ...rest }) => {
  const model = chosenModel({ ...rest, WHISPER_MODEL }) ?? rest.STT_MODELS?.[0] ?? DEFAULT_MODEL;
  return { ...rest, STT_MODEL: model, STT_MODELS: rest.STT_MODELS ?? [model] };
});

export type IngressConfig = z.output<typeof ingressSchema>;
