import {
  type AudioFormat,
  newSessionId,
  type SessionRequest,
  type SessionSpec,
  type SessionTask,
  SttError,
  sessionRequestSchema,
} from '@verbatim/contracts';
import { parseRequest } from '../parse-request.ts';
import type { ModelInfo, ModelList, Principal, SessionDefaults } from './options.ts';

/** @throws SttError `invalid_argument`, with the first field at fault named in the message and in `field`. */
export const parseSessionRequest = (input: unknown): SessionRequest => parseRequest(sessionRequestSchema, input);

/**
 * The session that a request asks for, with the server's defaults where it says nothing.
 * @throws SttError `unknown_model`, `unknown_language`, or `invalid_argument` for a task that the model does not do.
 */
export const specFromRequest = (
  request: SessionRequest,
  principal: Principal,
  models: ModelList,
  defaults: SessionDefaults,
): SessionSpec => {
  const model = findModel(request.model ?? models.default, models);
  return {
    sessionId: request.session_id ?? newSessionId(),
    tenant: principal.tenant,
    kind: 'live',
    model: model.id,
    language: request.language === undefined ? null : findLanguage(request.language, model),
    task: findTask(request.task, model),
    encoding: request.encoding ?? defaults.encoding,
    sampleRateHertz: request.sample_rate_hertz ?? defaults.sampleRateHertz,
    channelCount: request.channel_count ?? defaults.channelCount,
    partialResults: request.partial_results ?? true,
    silenceMs: request.silence_ms ?? defaults.silenceMs,
    maxUtteranceMs: request.max_utterance_ms ?? defaults.maxUtteranceMs,
    prompt: request.prompt ?? '',
    overflow: request.overflow ?? 'block',
  };
};

/** @throws SttError `unknown_model`, naming what is known. */
export const findModel = (id: string, models: ModelList): ModelInfo => {
  const model = models.list.find((candidate) => candidate.id === id || candidate.aliases?.includes(id));
  if (model !== undefined) return model;
  const known = models.list.map((candidate) => candidate.id).join(', ');
  throw new SttError('unknown_model', `This server has no model "${id}". It has: ${known}.`, { field: 'model' });
};

/** Codes that BCP 47 replaced, and that are still in use, for one in Whisper itself. */
const REPLACED: Readonly<Record<string, string>> = { iw: 'he', in: 'id', ji: 'yi', jw: 'jv' };

/** The tag's primary subtag in lower case: models know languages, not regions. @throws SttError `unknown_language`. */
export const findLanguage = (tag: string, model: ModelInfo): string => {
  const subtag = tag.split('-')[0]!.toLowerCase();
  const language = REPLACED[subtag] ?? subtag;
  if (model.languages.length === 0 || model.languages.includes(language)) return language;
  throw new SttError(
    'unknown_language',
    `Model "${model.id}" does not know the language "${tag}". It knows: ${model.languages.join(', ')}.`,
    { field: 'language' },
  );
};

/** @throws SttError `invalid_argument` for a task that the model does not do. */
export const findTask = (task: SessionTask = 'transcribe', model: ModelInfo): SessionTask => {
  if (model.tasks.includes(task)) return task;
  throw new SttError('invalid_argument', `Model "${model.id}" can't ${task}; it can ${model.tasks.join(' and ')}.`, {
    field: 'task',
  });
};

/** What a request says about its audio's format, and nothing else. */
export const namedFormat = (request: SessionRequest): Partial<AudioFormat> => ({
  ...(request.encoding !== undefined && { encoding: request.encoding }),
  ...(request.sample_rate_hertz !== undefined && { sampleRateHertz: request.sample_rate_hertz }),
  ...(request.channel_count !== undefined && { channelCount: request.channel_count }),
});
