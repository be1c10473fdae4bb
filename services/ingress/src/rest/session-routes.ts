import { type Final, msFromSamples, SttError } from '@verbatim/contracts';
import type { SessionStore } from '@verbatim/sessions';
import type { FastifyInstance } from 'fastify';
import type { LiveSessions } from '../session/live-sessions.ts';
import type { ModelList, Principal } from '../session/options.ts';
import { finalFields } from '../websocket/seed-shape.ts';
import { withExample } from './example.ts';
import { answers, failsWith } from './schemas.ts';
import { sessionBody } from './session-body.ts';

export interface SessionRoutesOptions {
  readonly sessions: LiveSessions;
  readonly store: SessionStore;
  readonly models: ModelList;
  readonly principal: Principal;
}

const PAGE = { default: 50, max: 200 } as const;

const idParameter = {
  type: 'object',
  required: ['session_id'],
  properties: { session_id: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' } },
} as const;

/** Adds what clients can ask about sessions and models. */
export const addSessionRoutes = (app: FastifyInstance, options: SessionRoutesOptions): void => {
  const { sessions, store, models, principal } = options;

  app.get<{ Querystring: { limit: number; after?: string } }>(
    '/v1/stt/sessions',
    {
      schema: {
        tags: ['sessions'],
        summary: 'List sessions, newest first',
        description: withExample('Up to `limit` at a time.', '/v1/stt/sessions?limit=10'),
        querystring: {
          type: 'object',
          properties: {
            limit: { type: 'integer', minimum: 1, maximum: PAGE.max, default: PAGE.default },
            after: { type: 'string', description: 'The `next` of the page before.' },
          },
        },
        response: {
          200: {
            description: 'One page',
            type: 'object',
            required: ['sessions', 'next'],
            properties: {
              sessions: { type: 'array', items: { $ref: 'Session#' } },
              next: { type: ['string', 'null'], description: 'Pass as `after` for the next page; null at the end.' },
            },
          },
          ...failsWith(400, 'A parameter is wrong'),
        },
      },
    },
    async ({ query }) => {
      const page = await store.list(principal.tenant, { limit: query.limit, after: query.after ?? null });
      return { sessions: page.sessions.map(sessionBody), next: page.next };
    },
  );

  app.get<{ Params: { session_id: string } }>(
    '/v1/stt/sessions/:session_id',
    {
      schema: {
        tags: ['sessions'],
        summary: 'The state of a session and its text so far',
        description: withExample('Closed ones too, until their text expires.', '/v1/stt/sessions/$SESSION'),
        params: idParameter,
        response: { ...answers(200, 'The session', 'Transcript'), ...failsWith(404, 'No such session') },
      },
    },
    async ({ params }) => {
      const record = await store.get(params.session_id);
      if (record?.spec.tenant !== principal.tenant || record.spec.kind === 'job') {
        throw new SttError(
          'session_not_found',
          `There is no session "${params.session_id}", or its text has expired.`,
          { field: 'session_id' },
        );
      }
      const finals = await store.finals(params.session_id, 0);
      return { ...sessionBody(record), finals: finals.map(finalBody) };
    },
  );

  app.delete<{ Params: { session_id: string } }>(
    '/v1/stt/sessions/:session_id',
    {
      schema: {
        tags: ['sessions'],
        summary: 'Erase a session: its audio and its text, at once',
        description: withExample('Its client sees it closed.', '/v1/stt/sessions/$SESSION', '-X DELETE'),
        params: idParameter,
        response: { 204: { description: 'Erased', type: 'null' }, ...failsWith(404, 'No such session') },
      },
    },
    async ({ params }, reply) => {
      await sessions.erase(params.session_id, principal);
      return reply.code(204).send();
    },
  );

  app.get(
    '/v1/stt/models',
    {
      schema: {
        tags: ['models'],
        summary: 'List the models that sessions may name',
        description: withExample('Jobs may name them, too.', '/v1/stt/models'),
        response: {
          200: {
            description: 'The models',
            type: 'object',
            required: ['models'],
            properties: { models: { type: 'array', items: { $ref: 'Model#' } } },
          },
        },
      },
    },
    async () => ({
      models: models.list.map(({ id, languages, tasks, wordTimes }) => ({
        ...{ id, languages, tasks, word_times: wordTimes },
        default: id === models.default,
      })),
    }),
  );
};

const finalBody = (final: Final) => ({
  utterance: final.utterance,
  text: final.text,
  confidence: final.confidence,
  start_ms: Math.round(msFromSamples(final.start)),
  end_ms: Math.round(msFromSamples(final.end)),
  language: final.language,
  ...finalFields(final),
});
