import * as grpc from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { type Logger, listenError } from '@verbatim/kit';
import { HealthImplementation } from 'grpc-health-check';
import type { LiveSessions } from '../session/live-sessions.ts';
import type { ModelList, Principal } from '../session/options.ts';
import { type JobServiceOptions, jobService } from './job-service.ts';
import { modelService } from './model-service.ts';
import { loadPublicApi } from './proto.ts';
import { type RecognizeCall, serveRecognizeCall } from './recognize-call.ts';

export interface GrpcServerOptions {
  readonly sessions: LiveSessions;
  readonly files: Pick<JobServiceOptions, 'jobs' | 'store'>;
  readonly models: ModelList;
  readonly principal: Principal;
  readonly log: Logger;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Folder that holds verbatim/stt/v1. Default: the repository's proto/. */
  readonly protoDir?: string;
  /** Default: plain text. */
  readonly credentials?: grpc.ServerCredentials;
}

export interface GrpcServer {
  /** The port in use. */
  readonly port: number;
  /** What health checks are told: SERVING or NOT_SERVING. Not serving until first called. */
  setServing(serving: boolean): void;
  /** Ends the server; calls that are still open are cut after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

const CHANNEL_OPTIONS: grpc.ServerOptions = {
  // Well over the limit of an audio chunk, so that a chunk over it gets our answer, which names the limit.
  'grpc.max_receive_message_length': 8 * 1024 * 1024,
  // Long silent streams: a ping shows within 40 s that a client is gone, so that its session is detached in time.
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
};

/**
 * Starts the gRPC door: SpeechService, JobService, ModelService, grpc.health.v1 and server reflection.
 * @throws ListenError when the port can't be had; its message is one sentence.
 */
export const startGrpcServer = async (options: GrpcServerOptions): Promise<GrpcServer> => {
  // What goes wrong is answered or thrown; grpc-js would print it as well, beside our own one sentence.
  if (process.env.GRPC_VERBOSITY === undefined) grpc.setLogVerbosity(grpc.logVerbosity.NONE);
  const { definition, services } = loadPublicApi(options.protoDir);
  const server = new grpc.Server(CHANNEL_OPTIONS);
  server.addService(services.SpeechService.service, {
    StreamingRecognize: (call: RecognizeCall) =>
      void serveRecognizeCall(call, options.sessions, options.principal, options.log),
  });
  const { principal, log, sessions } = options;
  const onError: JobServiceOptions['onError'] = (error) => sessions.toldOf(error, 'grpc');
  server.addService(services.JobService.service, jobService({ ...options.files, principal, log, onError }));
  server.addService(services.ModelService.service, modelService(options.models));
  new ReflectionService(definition).addToServer(server);
  const names = ['', ...['SpeechService', 'JobService', 'ModelService'].map((name) => `verbatim.stt.v1.${name}`)];
  const health = new HealthImplementation(Object.fromEntries(names.map((name) => [name, 'NOT_SERVING'])));
  health.addToServer(server);
  const port = await bind(server, options);
  return {
    port,
    setServing: (serving) => {
      for (const name of names) health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
    },
    close: (graceMs) => shutDown(server, graceMs),
  };
};

const bind = (server: grpc.Server, { host, port, credentials }: GrpcServerOptions): Promise<number> =>
  new Promise((resolve, reject) => {
    const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    server.bindAsync(address, credentials ?? grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(listenError(error, { host, port, variable: 'GRPC_PORT' }));
    });
  });

/**
 * tryShutdown comes last, when sessions are over: with streams still open, the next keepalive ping after it kills them
 * (grpc-js 1.14). Idle connections are told to go by it.
 */
const shutDown = (server: grpc.Server, graceMs: number): Promise<void> =>
  new Promise((resolve) => {
    const force = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, graceMs);
    server.tryShutdown(() => {
      clearTimeout(force);
      resolve();
    });
  });
