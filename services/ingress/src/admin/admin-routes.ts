import type { Bus } from '@verbatim/bus';
import { type Clock, toClientEvent } from '@verbatim/contracts';
import type { Logger } from '@verbatim/kit';
import type { SessionRecord, SessionStore } from '@verbatim/sessions';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { withExample } from '../rest/example.ts';
import { answers, failsWith } from '../rest/schemas.ts';
import type { Principal } from '../session/options.ts';
import { SeedShape, type WireMessage } from '../websocket/seed-shape.ts';
import { type AdminAccess, checkAdmin } from './admin-access.ts';
import { adminSession } from './admin-session.ts';
import { sendEventStream } from './event-stream.ts';
import { merged } from './merged.ts';
import { watchSession } from './watch-session.ts';

export interface AdminRoutesOptions {
  readonly access: AdminAccess;
  readonly bus: Pick<Bus, 'audio' | 'events'>;
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly principal: Principal;
}

const PAGE = { default: 50, max: 200 } as const;
/** Sessions that one stream may watch. */
const MOST_WATCHED = 50;
/** Pages of the store that are looked through for sessions of the wanted status; more follow with `next`. */
const MOST_PAGES = 10;

interface ListQuery {
  limit: number;
  after?: string;
  status?: 'open' | 'closed';
}

interface WatchQuery {
  session_id: string[];
  partials: boolean;
}

/** Adds what operators may see: every session, who has it, and what it says. */
export const addAdminRoutes = (app: FastifyInstance, options: AdminRoutesOptions): void => {
  const { access, store, bus, clock, log, principal } = options;
  const { audio } = bus;
  const onRequest = async ({ headers }: Pick<FastifyRequest, 'headers'>) =>
    checkAdmin(access, { authorization: headers.authorization, host: headers.host });
  const refusals = {
    ...failsWith(401, 'The key is missing or wrong'),
    ...failsWith(403, 'The server has no key'),
  };

  app.get<{ Querystring: ListQuery }>(
    '/v1/admin/sessions',
    {
      onRequest,
      schema: {
        tags: ['admin'],
        summary: 'List all sessions, newest first, with who has them',
        description: withExample(
          'With `ADMIN_KEY` set, it is to be sent as `Authorization: Bearer KEY`.',
          '/v1/admin/sessions?status=open',
        ),
        querystring: {
          type: 'object',
          properties: {
            limit: { type: 'integer', minimum: 1, maximum: PAGE.max, default: PAGE.default },
            after: { type: 'string', description: 'The `next` of the page before.' },
            status: { enum: ['open', 'closed'], description: 'Absent: both.' },
          },
        },
        response: { ...answers(200, 'One page', 'AdminSessionPage'), ...refusals },
      },
    },
    async ({ query }) => {
      const page = await listed(store, principal, query);
      return {
        sessions: await Promise.all(page.sessions.map((record) => adminSession(record, { audio, clock }))),
        next: page.next,
      };
    },
  );

  app.get<{ Querystring: WatchQuery }>(
    '/v1/admin/sessions/events',
    {
      onRequest,
      // It would be a watch whose messages nobody reads.
      exposeHeadRoute: false,
      schema: {
        tags: ['admin'],
        summary: 'Watch sessions: their finals so far, and what comes',
        description: withExample(
          `Server-sent events, in the shape of the WebSocket's messages, of up to ${MOST_WATCHED} sessions; \`state\` tells what is known of one.`,
          '/v1/admin/sessions/events?session_id=$SESSION',
          '-N',
        ),
        querystring: {
          type: 'object',
          required: ['session_id'],
          properties: {
            session_id: {
              type: 'array',
              minItems: 1,
              maxItems: MOST_WATCHED,
              items: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
            },
            partials: { type: 'boolean', default: false, description: 'Texts that are not final, too.' },
          },
        },
        produces: ['text/event-stream'],
        response: {
          200: { description: 'Events', content: { 'text/event-stream': { schema: { type: 'string' } } } },
          ...refusals,
        },
      },
    },
    async ({ query }, reply) =>
      sendEventStream(reply, {
        ...{ clock, log },
        messages: (signal) => messagesOf(new Set(query.session_id), { ...options, partials: query.partials, signal }),
      }),
  );
};

/** A page of the store, without sessions of another status; it may be short of some. */
async function listed(store: SessionStore, { tenant }: Principal, { limit, after = undefined, status }: ListQuery) {
  const sessions: SessionRecord[] = [];
  let next: string | null = after ?? null;
  for (let pages = 0; pages < MOST_PAGES && sessions.length < limit; pages++) {
    const page = await store.list(tenant, { limit: limit - sessions.length, after: next });
    sessions.push(...page.sessions.filter((record) => status === undefined || record.status === status));
    next = page.next;
    if (next === null) break;
  }
  return { sessions, next };
}

interface Watch extends AdminRoutesOptions {
  readonly partials: boolean;
  readonly signal: AbortSignal;
}

/** What several sessions say, in the shape of the WebSocket's messages. */
const messagesOf = (sessionIds: ReadonlySet<string>, watch: Watch): AsyncGenerator<WireMessage, void> =>
  merged([...sessionIds].map((sessionId) => messagesOfOne(sessionId, watch)));

async function* messagesOfOne(
  sessionId: string,
  { bus: { audio, events }, store, clock, partials, signal }: Watch,
): AsyncGenerator<WireMessage, void> {
  const shape = new SeedShape(sessionId);
  for await (const sighting of watchSession(sessionId, { store, events, clock, partials, signal })) {
    if (sighting.type !== 'state') yield shape.message(toClientEvent(sighting), clock.wall());
    else {
      const session = await adminSession(sighting.record, { audio, clock });
      yield { type: 'state', session_id: sessionId, session };
    }
  }
}
