import websocket from '@fastify/websocket';
import type { Clock } from '@verbatim/contracts';
import type { Logger } from '@verbatim/kit';
import type { FastifyInstance } from 'fastify';
import { refuseForeignPages } from '../origin.ts';
import { beginRequest } from '../request-span.ts';
import { HttpError } from '../rest/http-error.ts';
import { sendProblem } from '../rest/problem.ts';
import type { LiveSessions } from '../session/live-sessions.ts';
import type { Principal, SessionLimits } from '../session/options.ts';
import { keepHeartbeat } from './heartbeat.ts';
import { WsConnection } from './ws-connection.ts';

export interface WsDoorOptions {
  readonly sessions: LiveSessions;
  readonly principal: Principal;
  readonly limits: SessionLimits;
  readonly clock: Clock;
  readonly log: Logger;
  /** Origins of web pages that may connect, beyond this server's own and this machine's; "*" is any. */
  readonly allowedOrigins: readonly string[];
}

export const WS_PATH = '/v1/stt/stream';

/** What the span of a socket's request tells, by OpenTelemetry's conventions for HTTP. */
const REQUEST = {
  'http.request.method': 'GET',
  'http.response.status_code': 101,
  'http.route': WS_PATH,
  'url.path': WS_PATH,
  'network.protocol.name': 'websocket',
};

/** ws cuts a frame over this without a word of ours; what is over the real limit but under this gets a named error. */
const MAX_FRAME_BYTES = 8 * 1024 * 1024;

/** Adds the WebSocket door to `app`. */
export const addWebSocketDoor = async (app: FastifyInstance, options: WsDoorOptions): Promise<void> => {
  const { log } = options;
  await app.register(websocket, {
    options: { maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false },
    // ws closes the socket itself, with the code that fits; the session sees the close.
    errorHandler: (error) => log.debug({ err: error }, 'A WebSocket broke.'),
    // Sessions were drained before; what is left here is cut by the server's own close.
    preClose: (done) => {
      for (const client of app.websocketServer.clients) client.close(1012, 'server_shutdown');
      app.websocketServer.close(() => {});
      done();
    },
  });
  app.route({
    method: 'GET',
    url: WS_PATH,
    schema: { hide: true },
    preValidation: async (request) => refuseForeignPages(request, options.allowedOrigins),
    handler: (_request, reply) =>
      sendProblem(
        reply.header('upgrade', 'websocket'),
        new HttpError(426, 'upgrade_required', `${WS_PATH} speaks WebSocket only.`),
      ),
    wsHandler: (socket, request) => {
      const query = new URL(request.url, 'ws://server').searchParams;
      keepHeartbeat(socket, options.clock);
      new WsConnection(socket, query, {
        ...options,
        span: beginRequest(options.sessions.tracing, `GET ${WS_PATH}`, (name) => request.headers[name]?.toString(), {
          ...REQUEST,
          'url.scheme': request.protocol,
        }),
        maxChunkBytes: options.limits.maxChunkBytes,
        idleTimeoutMs: options.limits.idleTimeoutMs,
      });
    },
  });
};
