import type { ServerCredentials } from '@grpc/grpc-js';
import { type HealthRegistry, listenError } from '@verbatim/kit';
import type { FastifyInstance } from 'fastify';
import type { AdminAccess } from './admin/admin-access.ts';
import { addAdminRoutes } from './admin/admin-routes.ts';
import { type GrpcServer, startGrpcServer } from './grpc/grpc-server.ts';
import { Jobs } from './jobs/jobs.ts';
import type { JobDeps } from './jobs/options.ts';
import { refuseForeignPages } from './origin.ts';
import { addConsole, addSignpost } from './rest/console-routes.ts';
import { addHealthRoutes } from './rest/health-routes.ts';
import { buildHttpServer } from './rest/http-server.ts';
import { addJobRoutes } from './rest/job-routes.ts';
import { addOpenaiRoutes } from './rest/openai-routes.ts';
import { addSessionRoutes } from './rest/session-routes.ts';
import { LiveSessions } from './session/live-sessions.ts';
import type { Principal, SessionDeps } from './session/options.ts';
import { addWebSocketDoor } from './websocket/ws-door.ts';

export interface IngressDeps extends SessionDeps {
  readonly health: HealthRegistry;
  /** What files need beyond what sessions need. */
  readonly files: Omit<JobDeps, 'bus' | 'store' | 'models' | 'clock' | 'log'>;
}

export interface IngressOptions {
  /** Address to listen on, such as "127.0.0.1". */
  readonly host: string;
  /** Port of WebSocket and REST; 0: any free one. */
  readonly port: number;
  /** Port of gRPC; 0: any free one. */
  readonly grpcPort: number;
  /** Folder that holds verbatim/stt/v1. Default: the repository's proto/. */
  readonly protoDir?: string;
  /** Default: plain text. */
  readonly grpcCredentials?: ServerCredentials;
  /** Origins of web pages that may open WebSockets, beyond this server's own and this machine's; "*" is any. */
  readonly allowedOrigins?: readonly string[];
  /** Who may see all sessions. Default: nobody. */
  readonly adminAccess?: AdminAccess;
  /** Folder of the built web page, to be served at /. Default: no page. */
  readonly consoleFolder?: string | undefined;
}

/** The running doors. */
export interface Ingress {
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly sessions: LiveSessions;
  readonly jobs: Jobs;
  /**
   * Says NOT_SERVING, takes no new sessions, and ends the live ones with their last finals; resolves when all are out,
   * or after `deadlineMs`.
   * @returns how many sessions were still open then.
   */
  drain(deadlineMs: number): Promise<number>;
  /** Closes every connection and both ports; sessions that were not drained are cut. */
  close(): Promise<void>;
}

/** Until keys exist there is one tenant. */
const EVERYBODY: Principal = { tenant: 'default' };

/** Methods that change nothing. */
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

const HEALTH_EVERY_MS = 1_000;

/** How long open gRPC calls have, once their sessions are over, to take their last messages. */
const GRPC_GRACE_MS = 500;

/**
 * Opens the doors. gRPC health and /readyz say yes once `deps.health` has become ready.
 * @throws ListenError when a port can't be had; its message is one sentence.
 */
export const createIngress = async (deps: IngressDeps, options: IngressOptions): Promise<Ingress> => {
  const sessions = new LiveSessions(deps);
  const jobs = new Jobs({ ...deps, ...deps.files });
  const allowedOrigins = options.allowedOrigins ?? [];
  const app = await buildHttpServer(
    deps.log,
    async (app) => {
      app.addHook('onRequest', async (request) => {
        if (!READING.has(request.method)) refuseForeignPages(request, allowedOrigins);
      });
      if (options.consoleFolder === undefined) addSignpost(app);
      else await addConsole(app, options.consoleFolder);
      addHealthRoutes(app, deps.health);
      const { store, models } = deps;
      addJobRoutes(app, { jobs, store, principal: EVERYBODY });
      addOpenaiRoutes(app, { jobs, store, models, principal: EVERYBODY });
      addSessionRoutes(app, { sessions, store, models, principal: EVERYBODY });
      const access = options.adminAccess ?? { type: 'nobody' };
      addAdminRoutes(app, { access, bus: deps.bus, store, clock: deps.clock, log: deps.log, principal: EVERYBODY });
      await addWebSocketDoor(app, {
        sessions,
        principal: EVERYBODY,
        limits: deps.limits,
        clock: deps.clock,
        log: deps.log,
        allowedOrigins,
      });
    },
    (code) => deps.metrics?.error?.(code, 'rest'),
  );
  const httpPort = await listen(app, options);
  const grpc = await startGrpc(deps, sessions, jobs, options).catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
  const tellReadiness = () => grpc.setServing(deps.health.refusal === null);
  const stopListening = deps.health.onReadiness(tellReadiness);
  // The parts of the health are only known by asking.
  const asking = setInterval(tellReadiness, HEALTH_EVERY_MS);
  tellReadiness();
  return {
    httpPort,
    grpcPort: grpc.port,
    sessions,
    jobs,
    drain: (deadlineMs) => {
      deps.health.become('draining');
      return sessions.drain(deadlineMs);
    },
    close: async () => {
      stopListening();
      clearInterval(asking);
      grpc.setServing(false);
      sessions.abandon();
      await Promise.all([app.close(), grpc.close(GRPC_GRACE_MS)]);
    },
  };
};

const listen = async (app: FastifyInstance, { host, port }: IngressOptions): Promise<number> => {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw listenError(error, { host, port, variable: 'PORT' });
  }
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
};

const startGrpc = (
  deps: IngressDeps,
  sessions: LiveSessions,
  jobs: Jobs,
  options: IngressOptions,
): Promise<GrpcServer> =>
  startGrpcServer({
    sessions,
    files: { jobs, store: deps.store },
    models: deps.models,
    principal: EVERYBODY,
    log: deps.log,
    host: options.host,
    port: options.grpcPort,
    ...(options.protoDir !== undefined && { protoDir: options.protoDir }),
    ...(options.grpcCredentials && { credentials: options.grpcCredentials }),
  });
