import {
  createLogger,
  describeConfig,
  hostPort,
  readConfig,
  runProcess,
  say,
  transcriberSchema,
  untilSignal,
} from '@verbatim/kit';
import { ModelError } from '@verbatim/speech';
import { startTranscriberProcess } from './transcriber-process.ts';

/** Runs a transcriber until a signal ends it; returns the exit code. */
async function main(): Promise<number> {
  const config = readConfig(transcriberSchema, process.env);
  const logger = createLogger({ level: config.LOG_LEVEL, name: 'transcriber' });
  logger.debug({ config: describeConfig(config) }, 'configuration');
  const starting = new AbortController();
  const signal = untilSignal();
  void signal.then(() => starting.abort(new Error('The start was interrupted.')));
  const addresses = (port: number) => {
    const address = `http://${hostPort(config.HOST, port)}`;
    return `metrics ${address}/metrics, health ${address}/health`;
  };
  const started = startTranscriberProcess(config, logger, {
    onListening: (port) => say(`Listening: ${addresses(port)}`),
    signal: starting.signal,
  });
  const transcriber = await started.catch((error: unknown) => {
    if (starting.signal.aborted) return null;
    throw error;
  });
  // A start that was interrupted held no session: nothing was left undone.
  if (transcriber === null) return 0;
  const { model, slots, metricsPort } = transcriber;
  say(`Ready for ${slots} live sessions: ${model}, ${addresses(metricsPort)}`);
  const { unfinished } = await transcriber.stop(await signal);
  return unfinished.length === 0 ? 0 : 1;
}

runProcess(main, [ModelError]);
