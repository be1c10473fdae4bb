import type { SessionRequest } from '@verbatim/contracts';
import { LiveSessions } from '@verbatim/ingress';
import { createLogger, readConfig, standaloneSchema } from '@verbatim/kit';
import { modelBars, sessionDeps, startEmbedded } from '@verbatim/standalone';
import type { Io } from '../io.ts';
import type { Backend, Recognition } from './backend.ts';

const USER = { tenant: 'default' };
/** One session at a time, and the one before it may take a moment to leave its slot. */
const SLOTS = 2;
/** A file may be longer than any live session, and a pipe may pause: the kit's longest values. */
const PATIENCE = { SESSION_MAX_DURATION_S: 604_800, SESSION_IDLE_TIMEOUT_S: 86_400 };

/**
 * Starts the engine in this process, fetching its model if need be; no sockets.
 * @param modelId absent: the configured one.
 * @throws ConfigError, ModelError or SttError with one sentence.
 */
export async function startEmbeddedBackend(io: Io, modelId: string | undefined): Promise<Backend> {
  const config = readConfig(standaloneSchema, io.env);
  const level = io.env.LOG_LEVEL ? config.LOG_LEVEL : 'warn';
  const logger = createLogger({ level, name: 'verbatim', to: io.stderr });
  const model = modelId ?? config.STT_MODEL;
  const bars = modelBars(io.stderr, model);
  const embedded = await startEmbedded({
    model,
    cacheDir: config.VERBATIM_CACHE_DIR,
    modelSource: config.VERBATIM_MODEL_SOURCE,
    workers: config.STREAMING_WORKERS,
    slots: SLOTS,
    firstPartialMs: config.WHISPER_ACCUMULATION_S === undefined ? undefined : config.WHISPER_ACCUMULATION_S * 1000,
    logger,
    signal: io.interruption(),
    onProgress: bars.fetched,
    onBuildProgress: bars.built,
    onNotice: (sentence) => {
      bars.stop();
      io.stderr.write(`${sentence}\n`);
    },
  }).finally(bars.stop);
  const sessions = new LiveSessions(sessionDeps({ ...config, ...PATIENCE }, embedded, logger));
  return {
    open: (request) => openSession(sessions, request),
    model: async () => embedded.model.id,
    async [Symbol.asyncDispose]() {
      sessions.abandon();
      await embedded[Symbol.asyncDispose]();
    },
  };
}

async function openSession(sessions: LiveSessions, request: SessionRequest): Promise<Recognition> {
  const session = await sessions.open(request, USER);
  return {
    events: () => session.events(),
    write: (bytes) => session.write(bytes),
    end: () => session.end(),
    abandon: async () => {
      if (session.state !== 'gone') await sessions.erase(session.sessionId, USER);
    },
  };
}
