import {
  createLogger,
  describeConfig,
  hostPort,
  readConfig,
  runProcess,
  type StandaloneConfig,
  say,
  standaloneSchema,
  untilSignal,
} from '@verbatim/kit';
import { ModelError } from '@verbatim/speech';
import { modelBars } from './progress-bars.ts';
import { type StandaloneServer, startServer } from './server.ts';

/** The shell's exit code for a program that Ctrl-C ended, here before it was up. */
const INTERRUPTED = 130;

/** Runs the server until a signal ends it; returns the exit code. */
async function main(): Promise<number> {
  const config = readConfig(standaloneSchema, process.env);
  const logger = createLogger({ level: config.LOG_LEVEL, name: 'standalone' });
  logger.debug({ config: describeConfig(config) }, 'configuration');
  const starting = new AbortController();
  const signal = untilSignal();
  void signal.then(() => starting.abort(new Error('The start was interrupted.')));
  const bars = modelBars(process.stderr, config.STT_MODEL);
  const server = await startServer(config, logger, {
    onProgress: bars.fetched,
    onBuildProgress: bars.built,
    onNotice: (sentence) => {
      bars.stop();
      say(sentence);
    },
    signal: starting.signal,
  })
    .catch((error: unknown) => {
      if (starting.signal.aborted) return null;
      throw error;
    })
    .finally(bars.stop);
  if (server === null) return INTERRUPTED;
  announce(config, server);
  const { unfinished } = await server.stop(await signal);
  return unfinished.length === 0 ? 0 : 1;
}

function announce(config: StandaloneConfig, { embedded, httpPort, grpcPort, metricsPort }: StandaloneServer): void {
  const { text, audioSeconds, decodeMs } = embedded.warmUp;
  const [http, grpc, metrics] = [httpPort, grpcPort, metricsPort].map((port) => hostPort(config.HOST, port));
  say(`“${text}”`);
  say(`Warm: ${audioSeconds.toFixed(1)} s of speech decoded in ${Math.round(decodeMs)} ms by ${embedded.model.id}.`);
  say('');
  if (config.CONSOLE) say(`  Page       http://${http}/`);
  say(`  WebSocket  ws://${http}/v1/stt/stream`);
  say(`  gRPC       ${grpc}  (verbatim.stt.v1, reflection on)`);
  say(`  REST       http://${http}/docs`);
  say(`  Metrics    http://${metrics}/metrics`);
  say('');
  say(`Ready for ${embedded.transcriber.slots.size} live sessions. Ctrl-C ends it.`);
}

runProcess(main, [ModelError]);
