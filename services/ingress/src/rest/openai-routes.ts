import { type SessionTask, SttError } from '@verbatim/contracts';
import { FORMATTERS, type OpenaiGranularity, openaiJson, openaiVerbose, type Transcript } from '@verbatim/formats';
import type { JobRecord, SessionStore } from '@verbatim/sessions';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { JobTextReader, transcriptOfJob } from '../jobs/job-text.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { ModelInfo, ModelList, Principal } from '../session/options.ts';
import { findModel } from '../session/request.ts';
import { withExample } from './example.ts';
import { readForm } from './form.ts';
import { sendOpenaiError, toOpenaiError } from './openai-error.ts';
import { transcriptionForm, translationForm } from './schemas.ts';
import { jobFieldsOf, parseTranscription, type TranscriptionRequest } from './transcription-request.ts';
import { skipUnreadBody } from './unread-body.ts';

export interface OpenaiRoutesOptions {
  readonly jobs: Jobs;
  readonly store: SessionStore;
  readonly models: ModelList;
  readonly principal: Principal;
}

const errorAnswer = (status: number, description: string) => ({
  [status]: {
    description,
    content: { 'application/json': { schema: { type: 'object', properties: { error: { type: 'object' } } } } },
  },
});

/** What a file may be answered with. */
const audioResponses = {
  200: {
    description: 'The text',
    content: {
      'application/json': { schema: { type: 'object', properties: { text: { type: 'string' } } } },
      'text/plain': { schema: { type: 'string' } },
      'text/event-stream': { schema: { type: 'string' } },
    },
  },
  ...errorAnswer(400, 'A field is wrong, or the file is missing or empty'),
  ...errorAnswer(415, 'Neither audio nor video'),
  ...errorAnswer(422, 'No audio can be had from the file'),
  ...errorAnswer(429, 'No room for the file now'),
};

interface AudioRoute {
  readonly path: string;
  readonly task: SessionTask;
  readonly form: object;
  readonly summary: string;
  readonly description: string;
  /** curl's arguments. */
  readonly example: string;
}

/** Serves OpenAI's clients: a call is a job that its client waits for, and is forgotten with it. */
export const addOpenaiRoutes = (app: FastifyInstance, options: OpenaiRoutesOptions): void => {
  const { jobs, store, models, principal } = options;

  const addAudioRoute = ({ path, task, form, example, ...texts }: AudioRoute): void => {
    app.post(
      path,
      {
        errorHandler: refuse,
        schema: {
          tags: ['openai'],
          summary: texts.summary,
          description: withExample(texts.description, path, example),
          consumes: ['multipart/form-data'],
          body: form,
          response: audioResponses,
        },
        validatorCompiler: () => () => true,
      },
      async (request, reply) => {
        const left = new AbortController();
        reply.raw.once('close', () => left.abort(new SttError('unavailable', 'The client left.')));
        await using intake = await jobs.begin(principal, { hidden: true });
        const fields = await readForm(request, (content, name) => intake.receive(content, name));
        const wanted = parseTranscription(fields);
        const fieldsOfJob = jobFieldsOf(wanted, task);
        refuseMissingWords(wanted.timestamp_granularities, findModel(fieldsOfJob.model ?? models.default, models));
        const job = await intake.finish(fieldsOfJob);
        try {
          const states = jobs.watch(job.spec.jobId, principal, left.signal);
          if (wanted.stream === 'true') return await streamText(reply, states, store);
          const transcript = await transcriptOfJob(await completed(states), store);
          return sendTranscript(reply, wanted, task, transcript);
        } finally {
          await jobs.erase(job.spec.jobId, principal);
        }
      },
    );
  };

  addAudioRoute({
    path: '/v1/audio/transcriptions',
    task: 'transcribe',
    form: transcriptionForm,
    summary: 'Transcribe a file and wait for it, as OpenAI’s clients do',
    description:
      'Point OpenAI’s own clients at `/v1` of this server, with any key. With `stream=true` text comes as it is known.',
    example: '-F file=@speech.wav -F model=whisper-1 -F response_format=verbose_json',
  });
  addAudioRoute({
    path: '/v1/audio/translations',
    task: 'translate',
    form: translationForm,
    summary: 'Translate a file into English and wait for it, as OpenAI’s clients do',
    description: 'Needs a model that can: see `tasks` in `/v1/stt/models`.',
    example: '-F file=@speech.wav -F model=whisper-1',
  });

  app.get(
    '/v1/models',
    {
      schema: {
        tags: ['openai'],
        summary: 'List the models, as OpenAI’s clients read them',
        description: withExample('`whisper-1` stands for the server’s default.', '/v1/models'),
      },
    },
    async () => ({ object: 'list', data: models.list.map(modelBody) }),
  );

  app.get<{ Params: { model: string } }>(
    '/v1/models/:model',
    {
      errorHandler: refuse,
      schema: {
        tags: ['openai'],
        summary: 'One model, as OpenAI’s clients read it',
        description: withExample('404 for one that is not here.', '/v1/models/moonshine-tiny'),
        params: { type: 'object', required: ['model'], properties: { model: { type: 'string' } } },
      },
    },
    async ({ params }) => {
      return modelBody(findModel(params.model, models));
    },
  );
};

const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
  void skipUnreadBody(request, reply).then(() => sendOpenaiError(reply, error));
};

/** As OpenAI has it, where `created` is a required field of no meaning here, and what else there is to know. */
const modelBody = ({ id, languages, tasks, wordTimes }: ModelInfo) => ({
  ...{ id, object: 'model', created: 0, owned_by: 'verbatim' },
  ...{ languages, tasks, word_times: wordTimes },
});

/** The job once it is completed. @throws SttError as the job failed. */
const completed = async (states: AsyncIterable<JobRecord>): Promise<JobRecord> => {
  for await (const job of states)
    if (job.status === 'completed') return job;
    else refuseEnded(job);
  throw new SttError('internal', 'The file’s job ended without saying how.');
};

const refuseEnded = ({ status, failure }: JobRecord): void => {
  if (failure !== null) throw new SttError(failure.code, failure.message, { field: 'file' });
  if (status === 'cancelled') throw new SttError('unavailable', 'The file’s job was cancelled.');
};

const sendTranscript = (
  reply: FastifyReply,
  wanted: TranscriptionRequest,
  task: SessionTask,
  transcript: Transcript,
): FastifyReply => {
  switch (wanted.response_format) {
    case 'json':
      return sendJson(reply, openaiJson(transcript));
    case 'verbose_json':
      return sendJson(
        reply,
        openaiVerbose(transcript, {
          task,
          granularities: wanted.timestamp_granularities,
          temperature: wanted.temperature,
        }),
      );
    case 'text':
    case 'srt':
    case 'vtt':
      return reply
        .type('text/plain; charset=utf-8')
        .serializer(String)
        .send(FORMATTERS[wanted.response_format](transcript));
  }
};

/** A shape of its own in place of the route's schema, which would leave out what it does not name. */
const sendJson = (reply: FastifyReply, body: object): FastifyReply =>
  reply.type('application/json; charset=utf-8').serializer(String).send(JSON.stringify(body));

/** @throws SttError `invalid_argument` where times of words are asked of a model that gives none; `unknown_model`. */
const refuseMissingWords = (granularities: readonly OpenaiGranularity[], model: ModelInfo): void => {
  if (!granularities.includes('word') || model.wordTimes) return;
  throw new SttError('invalid_argument', `The model ${model.id} gives no times of words; ask for those of segments.`, {
    field: 'timestamp_granularities',
  });
};

/** Sends the text as it becomes known: each delta is a segment, and all of them together are the text. */
const streamText = async (
  reply: FastifyReply,
  states: AsyncIterable<JobRecord>,
  store: SessionStore,
): Promise<FastifyReply> => {
  const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };
  reply.hijack();
  reply.raw.writeHead(200, headers);
  const send = (event: object) => reply.raw.write(`data: ${JSON.stringify(event)}\n\n`);
  const reader = new JobTextReader(store);
  let text = '';
  try {
    for await (const job of states) {
      refuseEnded(job);
      for (const { segments } of await reader.next(job)) {
        for (const segment of segments) {
          const delta = text === '' ? segment.text : ` ${segment.text}`;
          send({ type: 'transcript.text.delta', delta });
          text += delta;
        }
      }
    }
    send({ type: 'transcript.text.done', text });
  } catch (error) {
    send({ error: toOpenaiError(error).error });
  }
  reply.raw.end();
  return reply;
};
